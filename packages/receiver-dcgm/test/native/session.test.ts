import { describe, expect, it } from "vitest";
import { entityGroups } from "../../src/engine/entity.ts";
import { missingCompiler } from "../double/compile.ts";
import { engineDouble, twoGpus } from "../double/engine-double.ts";

const reason = missingCompiler();
if (reason !== undefined) process.stderr.write(`${reason}\n`);
const gpu = (id: number): { group: number; id: number } => ({ group: entityGroups.gpu, id });
const never = new AbortController().signal;

describe.skipIf(reason !== undefined)("a session with an engine through libdcgm", () => {
  it("tells the versions of library and engine", async () => {
    using engine = engineDouble();
    engine.script("version 4.5.3".replace("4.5.3", "4.7.0"), ...twoGpus);
    await using session = await engine.source().open(never);
    expect(session.versions).toEqual({
      library: "4.6.0",
      engine: "4.7.0",
      libraryFile: `${engine.library}/libdcgm.so.4`,
    });
  });

  it("lists GPUs with what is known of them", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const entities = await session.entities();
    expect(entities.map(({ kind, id, uuid, pciBusId, state }) => ({ kind, id, uuid, pciBusId, state }))).toEqual([
      {
        kind: "gpu",
        id: 0,
        uuid: "GPU-00000000-0000-0000-0000-000000000000",
        pciBusId: "00000000:3B:00.0",
        state: "ok",
      },
      {
        kind: "gpu",
        id: 1,
        uuid: "GPU-11111111-1111-1111-1111-111111111111",
        pciBusId: "00000000:5E:00.0",
        state: "ok",
      },
    ]);
  });

  it("reads integers, doubles and texts of several GPUs with one call", async () => {
    using engine = engineDouble();
    await using session = await engine.source().open(never);
    const watch = await session.watch({
      entities: [gpu(0), gpu(1)],
      fieldIds: [150, 155, 54],
      intervalMs: 1000,
      keepAgeMs: 3000,
    });
    engine.calls();
    const table = await session.read(watch);
    expect(engine.calls()).toEqual(["dcgmEntitiesGetLatestValues"]);
    const values: Record<string, unknown> = {};
    for (let row = 0; row < table.rows; row++) {
      expect(table.condition(row)).toBe("ok");
      const text = table.fieldId(row) === 54;
      values[`${table.entityId(row)}/${table.fieldId(row)}`] = text ? table.text(row) : table.number(row);
    }
    expect(values).toEqual({
      "0/150": 150_000,
      "0/155": 155,
      "0/54": "text 54 of 0",
      "1/150": 150_001,
      "1/155": 155.125,
      "1/54": "text 54 of 1",
    });
  });
});
