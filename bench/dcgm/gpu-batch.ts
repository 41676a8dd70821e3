import { resource, scope, type Metrics } from "@tracecore/core/pdata";
import { namedDevices } from "../../packages/receiver-dcgm/src/emit/device.ts";
import { PointWriter } from "../../packages/receiver-dcgm/src/emit/point-writer.ts";
import { noFacts, type Entity } from "../../packages/receiver-dcgm/src/engine/entity.ts";
import type { SampleTable } from "../../packages/receiver-dcgm/src/engine/sample-table.ts";
import { allFields } from "../../packages/receiver-dcgm/src/fields/catalogue.ts";
import { selectFields } from "../../packages/receiver-dcgm/src/fields/select-fields.ts";
import { allMappings } from "../../packages/receiver-dcgm/src/naming/mapping.ts";
import { OutputMaker } from "../../packages/receiver-dcgm/src/naming/output-maker.ts";
import { DroppedValues } from "../../packages/receiver-dcgm/src/poll/dropped-values.ts";
import { Freshness } from "../../packages/receiver-dcgm/src/poll/freshness.ts";
import { SlotStore } from "../../packages/receiver-dcgm/src/poll/slot-store.ts";
import { readTable, SlotIndex } from "../../packages/receiver-dcgm/src/poll/table-reader.ts";

const gpu: Entity = { ...noFacts, kind: "gpu", group: 1, id: 0, state: "ok" };

/** When the double took its samples, ms since 1970; µs in its script. */
export const SAMPLED_MS = 1_700_000_000_000;

/** Ids of fields that the receiver shows and for which the double's made-up values are possible. */
export function gpuFieldIds(count: number): number[] {
  const ids = allFields()
    .filter(({ id, type, level }) => {
      const mapping = allMappings().get(id);
      const isPlain = mapping === undefined || (mapping.factor.divide !== 100 && mapping.transform.kind !== "events");
      // Profiling fields are in a watch of their own.
      return isPlain && level === "GPU" && id < 1000 && (type === "int64" || type === "double");
    })
    .map(({ id }) => id);
  if (ids.length < count) throw new Error(`there are ${ids.length} such fields and not ${count}`);
  return ids.slice(0, count);
}

/** What the receiver makes of a table of the double: the batch that it emits. */
export function batchMaker(gpus: number, fieldIds: readonly number[]): (table: SampleTable) => Metrics | undefined {
  const own = resource({ "service.name": "bench" });
  const inner = scope({ name: "bench" });
  const maker = new OutputMaker({ namings: ["otel"], resource: own, scope: inner, verbatimScope: inner, hostname: "" });
  const writer = new PointWriter({ max: 1_000_000, used: 0 });
  const entities = Array.from({ length: gpus }, (_, id): Entity => ({ ...gpu, id, uuid: `GPU-${id}` }));
  const devices = namedDevices(entities, { identifiers: "plain", salt: undefined, endpoint: undefined });
  const fields = selectFields(fieldIds, [], "auto");
  const slots = new SlotStore(writer, maker);
  const plan = {
    key: "",
    intervalMs: 1_000,
    updateEveryMs: 1_000,
    keepForMs: 3_000,
    devices,
    fields,
    profiling: false,
  };
  const index = new SlotIndex(slots.slotsOf(plan, new Set()));
  const context = {
    writer,
    freshness: new Freshness(true),
    dropped: new DroppedValues(),
    nowMs: SAMPLED_MS,
    monotonicMs: 0,
    outputsOf: slots.outputsOf.bind(slots),
    withheld: undefined,
  };
  let nowNs = BigInt(SAMPLED_MS) * 1_000_000n;
  return (table) => {
    writer.begin((nowNs += 1_000_000_000n));
    const { values } = readTable(table, index, plan.intervalMs, context);
    if (values < gpus * fieldIds.length) throw new Error(`${values} of ${gpus * fieldIds.length} values were taken`);
    return writer.build();
  };
}
