import { describe, expect, test } from "vitest";
import {
  bufferedHost,
  createStatusMachine,
  reportStatus,
  type Status,
  type StatusEvent,
} from "../../src/componentstatus/componentstatus.ts";
import { noopHost, type Host } from "../../src/host.ts";

function recordingHost(): Host & { readonly events: StatusEvent[]; reportComponentStatus(event: StatusEvent): void } {
  const events: StatusEvent[] = [];
  return {
    events,
    getExtensions: () => new Map(),
    reportComponentStatus(event) {
      events.push(event);
    },
  };
}

describe("reportStatus", () => {
  test("tracecore #5: a host that does not ask for status is left alone", () => {
    const touched: PropertyKey[] = [];
    const host = new Proxy(noopHost, {
      get(target, key, receiver) {
        touched.push(key);
        return Reflect.get(target, key, receiver) as unknown;
      },
    });
    reportStatus(host, { status: "ok" });
    expect(touched).toEqual(["reportComponentStatus"]);
    expect(Object.keys(noopHost)).toEqual(["getExtensions"]);
  });

  test("tracecore #6: a host that asks for status gets the identical event once", () => {
    const host = recordingHost();
    const event: StatusEvent = { status: "recoverable_error", error: new Error("the sink is down") };
    reportStatus(host, event);
    expect(host.events).toHaveLength(1);
    expect(host.events[0]).toBe(event);
  });

  test("tracecore #7: a host owes getExtensions and nothing else", () => {
    const least: Host = { getExtensions: () => new Map() };
    type Owed = { [K in keyof Host]-?: Record<string, never> extends Pick<Host, K> ? never : K }[keyof Host];
    const owed: Record<Owed, true> = { getExtensions: true };
    expect(Object.keys(owed)).toEqual(["getExtensions"]);
    reportStatus(least, { status: "ok" });
    expect(least.getExtensions().size).toBe(0);
  });
});

const statuses: readonly Status[] = [
  "none",
  "starting",
  "ok",
  "recoverable_error",
  "permanent_error",
  "fatal_error",
  "stopping",
  "stopped",
];

/** How to bring a new machine into each state. */
const wayTo: Record<Status, readonly StatusEvent["status"][]> = {
  none: [],
  starting: ["starting"],
  ok: ["starting", "ok"],
  recoverable_error: ["starting", "recoverable_error"],
  permanent_error: ["starting", "permanent_error"],
  fatal_error: ["starting", "fatal_error"],
  stopping: ["starting", "ok", "stopping"],
  stopped: ["starting", "ok", "stopping", "stopped"],
};

/** The Collector's table, written out cell by cell: a row is the state, a column the event, `x` a move that is allowed. */
const table = `
                    starting ok recoverable_error permanent_error fatal_error stopping stopped
  none              x        -  -                 -               -           -        -
  starting          -        x  x                 x               x           x        -
  ok                -        x  x                 x               x           x        -
  recoverable_error -        x  x                 x               x           x        -
  permanent_error   -        -  -                 -               -           x        -
  fatal_error       -        -  -                 -               -           -        -
  stopping          -        -  x                 x               x           -        x
  stopped           -        -  -                 -               -           -        -
`;
const [header, ...rows] = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/));
const cells = rows.flatMap(([from, ...marks]) =>
  marks.map((mark, column) => [from as Status, header![column] as StatusEvent["status"], mark === "x"] as const),
);

describe("the status of a component", () => {
  test("the table below has every state and every event", () => {
    expect(rows.map(([from]) => from)).toEqual(statuses);
    expect(header).toEqual(statuses.slice(1));
  });

  test.each(cells)("from %s to %s: %s", (from, to, allowed) => {
    const seen: StatusEvent[] = [];
    const machine = createStatusMachine((event) => seen.push(event));
    for (const status of wayTo[from]) machine.move({ status });
    expect(machine.current).toBe(from);
    seen.length = 0;
    const event: StatusEvent = { status: to, error: new Error("why") };
    expect(machine.move(event)).toBe(allowed);
    expect(machine.current).toBe(allowed ? to : from);
    expect(seen).toEqual(allowed ? [event] : []);
  });

  test("a machine keeps the error of its state, and drops it when the state changes", () => {
    const machine = createStatusMachine();
    const error = new Error("the sink is down");
    machine.move({ status: "starting" });
    machine.move({ status: "recoverable_error", error });
    expect(machine.error).toBe(error);
    machine.move({ status: "ok" });
    expect(machine.error).toBe(undefined);
  });
});

describe("bufferedHost", () => {
  test("keeps what is reported before there is a host, and passes it on in order", () => {
    const buffered = bufferedHost();
    const early: StatusEvent = { status: "recoverable_error", error: new Error("no GPU") };
    reportStatus(buffered, { status: "starting" });
    reportStatus(buffered, early);
    expect(buffered.getExtensions().size).toBe(0);
    const host = recordingHost();
    buffered.attach(host);
    expect(host.events).toEqual([{ status: "starting" }, early]);
    expect(host.events[1]).toBe(early);
    reportStatus(buffered, { status: "ok" });
    expect(host.events.at(-1)).toEqual({ status: "ok" });
    expect(host.events).toHaveLength(3);
  });

  test("keeps the last 64 events of a component that reports without end", () => {
    const buffered = bufferedHost();
    for (let i = 0; i < 100; i++) reportStatus(buffered, { status: "ok", error: i });
    const host = recordingHost();
    buffered.attach(host);
    expect(host.events.map(({ error }) => error)).toEqual(Array.from({ length: 64 }, (_, i) => 36 + i));
  });

  test("has the extensions of the host it is attached to, which need not ask for status", () => {
    const buffered = bufferedHost();
    reportStatus(buffered, { status: "ok" });
    const extensions = new Map();
    buffered.attach({ getExtensions: () => extensions });
    expect(buffered.getExtensions()).toBe(extensions);
  });
});
