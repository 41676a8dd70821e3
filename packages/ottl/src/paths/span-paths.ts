import { spanKinds } from "@tracecore/core/pdata";
import { fail } from "../ottl-error.ts";
import { asText, countField, idFields, textField, timeFields, viewField, type PathTable } from "./path-table.ts";
import { traceStateField } from "./trace-state.ts";

const upperKinds = spanKinds.map((kind) => `SPAN_KIND_${kind.toUpperCase()}`);
const titleKinds = spanKinds.map((kind) => `${kind[0]!.toUpperCase()}${kind.slice(1)}`);

export const spanPaths: PathTable = {
  ...idFields(
    "trace_id",
    16,
    ({ span }) => span.traceIds.get(span.row),
    ({ span }, hex) => span.traceIds.set(span.row, hex),
  ),
  ...idFields(
    "span_id",
    8,
    ({ span }) => span.spanIds.get(span.row),
    ({ span }, hex) => span.spanIds.set(span.row, hex),
  ),
  ...idFields(
    "parent_span_id",
    8,
    ({ span }) => span.parentSpanIds.get(span.row),
    ({ span }, hex) => span.parentSpanIds.set(span.row, hex),
  ),
  trace_state: traceStateField,
  name: textField(
    ({ span }) => span.names.get(span.row),
    ({ span }, text) => span.names.set(span.row, text),
  ),
  kind: countField(
    ({ span }) => span.kinds.get(span.row),
    ({ span }, kind) => span.kinds.set(span.row, kind),
    spanKinds.length - 1,
  ),
  "kind.string": {
    get: ({ span }) => titleKinds[span.kinds.get(span.row)],
    set: ({ span }, value) => span.kinds.set(span.row, kindOf(asText(value), titleKinds)),
  },
  "kind.deprecated_string": {
    get: ({ span }) => upperKinds[span.kinds.get(span.row)],
    set: ({ span }, value) => span.kinds.set(span.row, kindOf(asText(value), upperKinds)),
  },
  ...timeFields(
    "start_time",
    ({ span }) => span.startTimes.get(span.row),
    ({ span }, time) => span.startTimes.set(span.row, time),
  ),
  ...timeFields(
    "end_time",
    ({ span }) => span.endTimes.get(span.row),
    ({ span }, time) => span.endTimes.set(span.row, time),
  ),
  attributes: viewField(({ span }) => span.attributes),
  "status.code": countField(
    ({ span }) => span.statusCodes.get(span.row),
    ({ span }, code) => span.statusCodes.set(span.row, code),
    2,
  ),
  "status.message": textField(
    ({ span }) => span.statusMessages.get(span.row),
    ({ span }, text) => span.statusMessages.set(span.row, text),
  ),
  flags: countField(
    ({ span }) => span.flags.get(span.row),
    ({ span }, flags) => span.flags.set(span.row, flags),
  ),
  dropped_attributes_count: countField(
    ({ span }) => span.droppedAttributesCounts.get(span.row),
    ({ span }, count) => span.droppedAttributesCounts.set(span.row, count),
  ),
  dropped_events_count: countField(
    ({ span }) => span.extras.droppedEventsCount,
    ({ span }, droppedEventsCount) => void (span.extras = { ...span.extras, droppedEventsCount }),
  ),
  dropped_links_count: countField(
    ({ span }) => span.extras.droppedLinksCount,
    ({ span }, droppedLinksCount) => void (span.extras = { ...span.extras, droppedLinksCount }),
  ),
};

function kindOf(text: string, names: readonly string[]): number {
  const index = names.indexOf(text);
  return index === -1 ? fail(`expected one of ${names.join(", ")}, got ${JSON.stringify(text)}`) : index;
}

export const spanEventPaths: PathTable = {
  ...timeFields(
    "time",
    ({ spanevent }) => spanevent.timeUnixNano,
    ({ spanevent }, time) => void (spanevent.timeUnixNano = time),
  ),
  name: textField(
    ({ spanevent }) => spanevent.name,
    ({ spanevent }, text) => void (spanevent.name = text),
  ),
  attributes: viewField(({ spanevent }) => spanevent.attributes),
  dropped_attributes_count: countField(
    ({ spanevent }) => spanevent.droppedAttributesCount,
    ({ spanevent }, count) => void (spanevent.droppedAttributesCount = count),
  ),
  event_index: { get: ({ spanevent }) => spanevent.index },
};
