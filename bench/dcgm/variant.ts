/** `variant.ts NAME GPUS FIELDS`: CPU and heap of one way to read GPUs × FIELDS values from the test double, per tick, as JSON. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@tracecore/core";
import { ChildSource } from "../../packages/receiver-dcgm/src/child/child-source.ts";
import type { EngineSession, Watch } from "../../packages/receiver-dcgm/src/engine/engine.ts";
import type { SampleTable } from "../../packages/receiver-dcgm/src/engine/sample-table.ts";
import { layouts } from "../../packages/receiver-dcgm/src/native/layouts.ts";
import { loadKoffi, type Koffi } from "../../packages/receiver-dcgm/src/native/library.ts";
import { ReadBuffer, ROW_BYTES } from "../../packages/receiver-dcgm/src/native/native-watch.ts";
import { NativeSource } from "../../packages/receiver-dcgm/src/native/native-source.ts";
import { compiledDouble } from "../../packages/receiver-dcgm/double/compile.ts";
import { cpuMs } from "../process-cpu.ts";
import { batchMaker, gpuFieldIds, SAMPLED_MS } from "./gpu-batch.ts";

/** CPU seconds that a measurement takes at least: /proc counts in steps of 10 ms. */
const LEAST_CPU_MS = 1_500;
/** Ticks over which the heap is measured. */
const COUNTED = 10;

const [name = "", gpus = "8", fields = "60"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "tracecore-dcgm-bench-"));
process.env["DCGM_DOUBLE_DIR"] = folder;
writeFileSync(
  join(folder, "localhost:5555"),
  `engine up 1\nplain\ntime ${SAMPLED_MS}000\n${Array.from({ length: Number(gpus) }, (_, id) => `gpu ${id} GPU-${id} B${id} S${id} 1 0`).join("\n")}\n`,
);
const library = compiledDouble();
const options = {
  endpoint: "localhost:5555",
  library: { path: library },
  connectTimeoutMs: 5_000,
  callTimeoutMs: 10_000,
};
const entities = Array.from({ length: Number(gpus) }, (_, id) => ({ group: 1, id }));
const fieldIds = gpuFieldIds(Number(fields));
const plan = { entities, fieldIds, intervalMs: 1_000, keepAgeMs: 3_000 };

/** Something to read a tick with; `pids` are the processes that work for it beside this one. */
interface Reader {
  readonly tick: () => Promise<number> | number;
  readonly pids: readonly number[];
}

const readers: Readonly<Record<string, () => Promise<Reader>>> = {
  table: tableOnly,
  batch: batchOnly,
  receiver: readAndBatch,
  tick: () => sessionReader(new NativeSource(options, systemClock)),
  child: () => sessionReader(new ChildSource(options, systemClock)),
  call: callOnly,
  structs: decodeStructs,
  callbacks: callBack,
};

process.stdout.write(JSON.stringify(await measure(await readers[name]!())));
process.exit(0);

async function measure({ tick, pids }: Reader): Promise<{ cpuUs: number; heapBytes: number }> {
  for (let warm = 0; warm < 200; warm++) await tick();
  const cpu = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000 + pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
  };
  let ticks = 0;
  const before = cpu();
  while (cpu() - before < LEAST_CPU_MS) {
    for (let more = 0; more < 100; more++) await tick();
    ticks += 100;
  }
  const cpuUs = ((cpu() - before) / ticks) * 1000;
  globalThis.gc?.();
  const heap = process.memoryUsage().heapUsed;
  // Few enough that nothing is collected meanwhile: the young generation is made large for this process.
  for (let more = 0; more < COUNTED; more++) await tick();
  return { cpuUs, heapBytes: (process.memoryUsage().heapUsed - heap) / COUNTED };
}

/** What the receiver does with a table at least: condition, time and value of each row. */
function readAll(table: SampleTable): number {
  let sum = 0;
  for (let row = 0; row < table.rows; row++) {
    if (table.condition(row) !== "ok") continue;
    sum += table.number(row) + table.entityId(row) + table.fieldId(row) + table.timestampUs(row);
  }
  return sum;
}

async function opened(source: NativeSource | ChildSource): Promise<{ session: EngineSession; watch: Watch }> {
  const session = await source.open(new AbortController().signal);
  return { session, watch: await session.watch(plan) };
}

async function tableOnly(): Promise<Reader> {
  const { session, watch } = await opened(new NativeSource(options, systemClock));
  const table = await session.read(watch);
  return { tick: () => readAll(table), pids: [] };
}

async function batchOnly(): Promise<Reader> {
  const { session, watch } = await opened(new NativeSource(options, systemClock));
  const table = await session.read(watch);
  const make = batchMaker(entities.length, fieldIds);
  return { tick: () => make(table)!.itemCount, pids: [] };
}

async function readAndBatch(): Promise<Reader> {
  const { session, watch } = await opened(new NativeSource(options, systemClock));
  const make = batchMaker(entities.length, fieldIds);
  return { tick: async () => make(await session.read(watch))!.itemCount, pids: [] };
}

async function sessionReader(source: NativeSource | ChildSource): Promise<Reader> {
  const { session, watch } = await opened(source);
  const pids = source instanceof ChildSource ? children() : [];
  return { tick: async () => readAll(await session.read(watch)), pids };
}

function children(): number[] {
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const text = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
  return text.trim().split(" ").map(Number);
}

/** The same call from this thread: what the library itself takes. */
async function rawCalls(): Promise<{
  koffi: Koffi;
  handle: bigint;
  lib: ReturnType<Koffi["load"]>;
  buffer: ReadBuffer;
}> {
  const koffi = await loadKoffi();
  const lib = koffi.load(join(library, "libdcgm.so.4"));
  (lib.func("dcgmInit", "int", []) as () => number)();
  const params = new Uint32Array([0x0200_0010, 0, 1_000, 0]);
  const handle = new BigUint64Array(1);
  const connect = lib.func("dcgmConnect_v2", "int", ["str", "void *", "void *"]) as (...args: unknown[]) => number;
  if (connect("localhost:5555", params, handle) !== 0) throw new Error("the double does not connect");
  return { koffi, lib, handle: handle[0]!, buffer: new ReadBuffer(entities, fieldIds) };
}

function bulk({ lib, handle, buffer }: Awaited<ReturnType<typeof rawCalls>>): () => void {
  const read = lib.func("dcgmEntitiesGetLatestValues", "int", [
    "uint64",
    "void *",
    "uint32",
    "void *",
    "uint32",
    "uint32",
    "void *",
  ]) as (...args: unknown[]) => number;
  return () => {
    for (const { pairs, entityCount, fields: some, values } of buffer.blocks) {
      if (read(handle, pairs, entityCount, some, some.length, 0, values) !== 0) throw new Error("the double refused");
    }
  };
}

async function callOnly(): Promise<Reader> {
  const read = bulk(await rawCalls());
  return {
    tick: () => {
      read();
      return 0;
    },
    pids: [],
  };
}

async function decodeStructs(): Promise<Reader> {
  const raw = await rawCalls();
  const { koffi, buffer } = raw;
  const value = koffi.union({
    i64: "int64",
    dbl: "double",
    str: koffi.array("char", 256),
    blob: koffi.array("uint8", 4096),
  });
  const row = koffi.struct({
    version: "uint32",
    entityGroupId: "int",
    entityId: "uint32",
    fieldId: "uint16",
    fieldType: "uint16",
    status: "int",
    unused: "uint32",
    ts: "int64",
    // What is not decoded is a number of bytes; the whole union would be 4 kB of object per value.
    value: koffi.array("uint8", 8),
    rest: koffi.array("uint8", koffi.sizeof(value) - 8),
  });
  const read = bulk(raw);
  return {
    tick: () => {
      read();
      let sum = 0;
      for (let at = 0; at < buffer.table.rows; at++) {
        const sample = koffi.decode(buffer.table.bytes, at * ROW_BYTES, row) as Record<string, number>;
        sum += sample["status"]! + sample["entityId"]! + sample["fieldId"]! + Number(sample["ts"]);
      }
      return sum;
    },
    pids: [],
  };
}

async function callBack(): Promise<Reader> {
  const { session, watch } = await opened(new NativeSource(options, systemClock));
  void session;
  const { group, fieldGroups } = watch as unknown as { group: bigint; fieldGroups: readonly bigint[] };
  const { koffi, lib } = await rawCalls();
  const type = koffi.pointer(koffi.proto("int", ["int", "uint32", "void *", "int", "void *"]));
  let sum = 0;
  const at = layouts.dcgmFieldValue_v1;
  const each = koffi.register((_group: number, id: number, value: unknown): number => {
    sum += id + (koffi.decode(value, at.fieldId, "uint16") as number);
    sum += koffi.decode(value, at.status, "int32") as number;
    sum += koffi.decode(value, at.value, "double") as number;
    return 0;
  }, type);
  const read = lib.func("dcgmGetLatestValues_v2", "int", ["uint64", "uint64", "uint64", type, "void *"]);
  // The session's own connection: groups belong to the engine, and any handle will do.
  const handle = (await rawCalls()).handle;
  return {
    async tick() {
      for (const fieldGroup of fieldGroups) {
        await new Promise<void>((resolve, reject) => {
          read.async(handle, group, fieldGroup, each, null, (error: Error | null) => {
            if (error === null) resolve();
            else reject(error);
          });
        });
      }
      return sum;
    },
    pids: [],
  };
}
