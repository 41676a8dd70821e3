import type { Logs, Traces } from "@tracecore/core/pdata";
import type { ErrorSink, Program } from "../compile/program.ts";
import type { Frame } from "../frame.ts";
import { LogItem } from "../items/log-item.ts";
import { changedOrigins, Origins, type ScopeItem } from "../items/origins.ts";
import { EventItem, SpanItem } from "../items/span-item.ts";

/** Runs statements over a batch of records or spans; gives the batch itself when they changed nothing. */
export function runRows<B extends Logs | Traces>(batch: B, program: Program, frame: Frame, sink: ErrorSink): B {
  const origins = new Origins();
  const rows = rowsOf(batch, program, frame, sink, origins) as B;
  return origins.changed ? { ...rows, ...changedOrigins(batch, origins) } : rows;
}

/** Lets the frame look at the resource and scope of a record or span. */
export function lookAtOrigin(frame: Frame, origins: Origins, { resources, scopes }: Logs | Traces, row: number): void {
  const scope = origins.at(resources[row]!, scopes[row]!);
  frame.scope = scope;
  frame.resource = scope.resource;
}

function rowsOf(
  batch: Logs | Traces,
  program: Program,
  frame: Frame,
  sink: ErrorSink,
  origins: Origins,
): Logs | Traces {
  if (program.context === "scope") {
    const seen = new Set<ScopeItem>();
    for (let row = 0; row < batch.itemCount; row++) {
      lookAtOrigin(frame, origins, batch, row);
      if (seen.has(frame.scope)) continue;
      seen.add(frame.scope);
      program.run(frame, sink);
    }
    return batch;
  }
  if (batch.signal === "logs") {
    const item = new LogItem(batch);
    frame.log = item;
    for (let row = 0; row < batch.itemCount; row++) {
      lookAtOrigin(frame, origins, batch, row);
      item.moveTo(row);
      program.run(frame, sink);
      item.endRow();
    }
    return item.result();
  }
  const item = new SpanItem(batch);
  frame.span = item;
  for (let row = 0; row < batch.itemCount; row++) {
    lookAtOrigin(frame, origins, batch, row);
    item.moveTo(row);
    if (program.context === "span") program.run(frame, sink);
    else runEvents(item, program, frame, sink);
    item.endRow();
  }
  return item.result();
}

function runEvents(span: SpanItem, program: Program, frame: Frame, sink: ErrorSink): void {
  const { events } = span.extras;
  if (events.length === 0) return;
  const after = events.map((event, index) => {
    const item = new EventItem(event, index);
    frame.spanevent = item;
    program.run(frame, sink);
    return item.result();
  });
  if (after.some((event, index) => event !== events[index])) span.extras = { ...span.extras, events: after };
}
