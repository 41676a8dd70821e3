import { manualClock, systemClock } from "@tracecore/core";
import { describe, expect, it, vi } from "vitest";
import { Connection } from "../../src/connection/connection.ts";
import type { EngineSession, Watch } from "../../src/engine/engine.ts";
import { entityGroups } from "../../src/engine/entity.ts";
import { missingCompiler } from "../../double/compile.ts";
import { engineDouble, twoGpus, type EngineDouble } from "../double/engine-double.ts";

const reason = missingCompiler();
const backoff = { initialMs: 1_000, maxMs: 4_000 };
const plan = {
  entities: [{ group: entityGroups.gpu, id: 0 }],
  fieldIds: [150],
  intervalMs: 1_000,
  keepAgeMs: 3_000,
};

/** A connection on a manual clock whose user makes one watch per session and writes down what it is told. */
function connected(engine: EngineDouble) {
  const clock = manualClock();
  const told: string[] = [];
  let watch: Watch | undefined;
  const connection = new Connection(engine.source({ callTimeoutMs: 200 }, systemClock), clock, backoff, {
    async opened(session: EngineSession) {
      watch = await session.watch(plan);
      told.push("opened");
    },
    lost: (error, attempt) => void told.push(`${error.code} ${attempt}`),
  });
  return { connection, clock, told, watch: () => watch! };
}

describe.skipIf(reason !== undefined)("a connection to an engine", () => {
  it("makes every watch anew after the engine was restarted", async () => {
    using engine = engineDouble();
    const { connection, clock, told, watch } = connected(engine);
    await using _ = connection;
    connection.start();
    await vi.waitFor(() => expect(connection.session).toBeDefined());
    const before = { session: connection.session!, watch: watch() };
    engine.script("engine up 2", ...twoGpus);
    await expect(before.session.read(before.watch)).rejects.toThrow(
      "the engine is gone: dcgmEntitiesGetLatestValues gave CONNECTION_NOT_VALID",
    );
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    expect(connection.session).toBeUndefined();
    await clock.advance(backoff.initialMs);
    await vi.waitFor(() => expect(connection.session).toBeDefined());
    expect(told).toEqual(["opened", "dcgm-connection-lost 1", "opened"]);
    expect((await connection.session!.read(watch())).condition(0)).toBe("ok");
  });

  it("tries on with longer and longer waits while nobody answers, and is back within one wait", async () => {
    using engine = engineDouble();
    engine.script("engine down 1", ...twoGpus);
    const { connection, clock, told } = connected(engine);
    await using _ = connection;
    connection.start();
    for (const waitMs of [1_000, 2_000, 4_000, 4_000]) {
      await vi.waitFor(() => expect(clock.waiting).toBe(1));
      const attempts = told.length;
      await clock.advance(waitMs - 1);
      expect(told).toHaveLength(attempts);
      await clock.advance(1);
      await vi.waitFor(() => expect(told).toHaveLength(attempts + 1));
    }
    engine.script("engine up 2", ...twoGpus);
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    await clock.advance(backoff.maxMs);
    await vi.waitFor(() => expect(connection.session).toBeDefined());
    expect(told.slice(0, 3)).toEqual(["dcgm-connect-failed 1", "dcgm-connect-failed 2", "dcgm-connect-failed 3"]);
  });

  it("gives every handle up on release, tries nothing until told to resume, and resumes", async () => {
    using engine = engineDouble();
    const { connection, clock, told } = connected(engine);
    await using _ = connection;
    connection.start();
    await vi.waitFor(() => expect(connection.session).toBeDefined());
    engine.calls();
    await connection.release();
    expect(engine.calls()).toEqual([
      "dcgmUnwatchFields",
      "dcgmFieldGroupDestroy",
      "dcgmGroupDestroy",
      "dcgmDisconnect",
      "dcgmShutdown",
    ]);
    await clock.advance(60_000);
    expect(engine.calls()).toEqual([]);
    expect([connection.released, connection.session]).toEqual([true, undefined]);
    connection.resume();
    await vi.waitFor(() => expect(connection.session).toBeDefined());
    expect(told).toEqual(["opened", "opened"]);
  });

  it("tracecore #82: shuts the library down once, however often it is stopped and however many use it", async () => {
    using engine = engineDouble();
    const [first, second] = [connected(engine), connected(engine)];
    for (const { connection } of [first, second]) {
      connection.start();
      await vi.waitFor(() => expect(connection.session).toBeDefined());
    }
    await first.connection[Symbol.asyncDispose]();
    await first.connection[Symbol.asyncDispose]();
    expect(engine.calls().filter((call) => call === "dcgmShutdown")).toEqual([]);
    await second.connection[Symbol.asyncDispose]();
    await second.connection[Symbol.asyncDispose]();
    expect(engine.calls().filter((call) => call === "dcgmShutdown")).toEqual(["dcgmShutdown"]);
  });

  it("is back after an engine that was stopped goes on, without a second call into the hanging library", async () => {
    using engine = engineDouble();
    const { connection, clock, told, watch } = connected(engine);
    await using _ = connection;
    connection.start();
    await vi.waitFor(() => expect(connection.session).toBeDefined());
    engine.script("engine stopped 1", ...twoGpus);
    engine.calls();
    const session = connection.session!;
    await expect(session.read(watch())).rejects.toThrow("dcgmEntitiesGetLatestValues did not come back within 0.2 s");
    for (let attempt = 0; attempt < 3; attempt++) {
      await vi.waitFor(() => expect(clock.waiting).toBe(1));
      await clock.advance(backoff.maxMs);
    }
    expect(engine.calls()).toEqual(["dcgmEntitiesGetLatestValues"]);
    engine.script("engine up 1", ...twoGpus);
    await vi.waitFor(async () => {
      await clock.advance(backoff.maxMs);
      expect(connection.session).toBeDefined();
    });
    expect(told.at(0)).toBe("opened");
    expect(told.at(-1)).toBe("opened");
    expect(new Set(told.slice(1, -1).map((text) => text.split(" ")[0]))).toEqual(new Set(["dcgm-timeout"]));
  });
});
