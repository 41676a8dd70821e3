import type { Logs, Traces } from "@tracecore/core/pdata";
import type { ErrorSink, Program } from "../compile/program.ts";
import type { Frame } from "../frame.ts";
import { LogItem } from "../items/log-item.ts";
import { changedOrigins, OriginResults, Origins, type ScopeItem } from "../items/origins.ts";
import { EventItem, SpanItem } from "../items/span-item.ts";
import type { Steps } from "./steps.ts";

/**
 * Runs statements over the parts of a batch of records or spans, which share their resources and scopes. What a part becomes is
 * the part itself when they changed nothing in it.
 */
export function* runRows<B extends Logs | Traces>(
  parts: readonly B[],
  program: Program,
  frame: Frame,
  sink: ErrorSink,
): Steps<B[]> {
  const origins = new Origins();
  const seen = new Set<ScopeItem>();
  const rows: B[] = [];
  for (const part of parts) {
    if (program.context !== "scope") rows.push(rowsOf(part, program, frame, sink, origins) as B);
    else {
      runScopes({ batch: part, seen }, program, frame, sink, origins);
      rows.push(part);
    }
    yield;
  }
  if (!(yield* origins.changed())) return rows;
  const results = new OriginResults();
  for (const [index, part] of parts.entries()) {
    const changed = changedOrigins(part, origins, results);
    if (changed !== undefined) rows[index] = { ...rows[index]!, ...changed };
    yield;
  }
  return rows;
}

/** Lets the frame look at the resource and scope of a record or span. */
export function lookAtOrigin(frame: Frame, origins: Origins, { resources, scopes }: Logs | Traces, row: number): void {
  const scope = origins.at(resources[row]!, scopes[row]!);
  frame.scope = scope;
  frame.resource = scope.resource;
}

/** Runs statements over the scopes of records or spans that are not among those seen before. */
function runScopes(
  { batch, seen }: { readonly batch: Logs | Traces; readonly seen: Set<ScopeItem> },
  program: Program,
  frame: Frame,
  sink: ErrorSink,
  origins: Origins,
): void {
  for (let row = 0; row < batch.itemCount; row++) {
    lookAtOrigin(frame, origins, batch, row);
    if (seen.has(frame.scope)) continue;
    seen.add(frame.scope);
    program.run(frame, sink);
  }
}

function rowsOf(
  batch: Logs | Traces,
  program: Program,
  frame: Frame,
  sink: ErrorSink,
  origins: Origins,
): Logs | Traces {
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
