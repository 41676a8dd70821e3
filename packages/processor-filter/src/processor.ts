import { defineProcessor, type Batch, type Consumer, type ProcessorFactory } from "@tracecore/core";
import {
  filterLogs,
  filterSeries,
  filterTraces,
  itemMatcher,
  mapParts,
  onceForEach,
  resourceMatcher,
  type ItemMatch,
  type Metrics,
  type Series,
} from "@tracecore/core/pdata";
import {
  decodedParts,
  dropLogs,
  dropMetrics,
  dropOrigins,
  dropPoints,
  dropSpanEvents,
  dropSpans,
  failures,
  readsAllPoints,
  type DropOptions,
} from "@tracecore/ottl";
import {
  config,
  type ConditionList,
  type FilterConfig,
  type LogMatch,
  type MetricMatch,
  type OriginLists,
  type Sides,
} from "./config.ts";

/** Drops what is not wanted. */
export const filterProcessor: ProcessorFactory = defineProcessor({
  type: "filter",
  stability: { metrics: "beta", logs: "beta", traces: "beta" },
  config,
  start(options, { clock, next, settings, telemetry }) {
    const failed = failures({
      logger: settings.telemetry.logger,
      clock,
      count: () => telemetry.incError("statement"),
    });
    const matched = filter(options);
    const { byOrigins, byItems } = conditionFilter(options, {
      now: () => clock.nowUnixNano(),
      sinkOf: (lists) => {
        const modes = lists?.error_modes;
        const usual = failed.sink(options.error_mode);
        if (modes === undefined || modes.size === 0) return usual;
        return (error, text) => (modes.has(text) ? failed.sink(modes.get(text)!) : usual)(error, text);
      },
    });
    const asksAllPoints = readsAllPoints(options.metrics?.metric ?? []);
    const filtered = async (batch: Batch): Promise<Batch> => {
      if (batch.signal !== "metrics" || !asksAllPoints) {
        return mapParts(batch, (part) => byItems(byOrigins(matched(part))));
      }
      // Nothing is asked of what is dropped before.
      const left = await mapParts<Batch>(batch, (part) => byOrigins(matched(part)));
      const all = await decodedParts(left as Metrics);
      return mapParts(left, (part) => byItems(part, all));
    };
    const consumer: Consumer<Batch> = {
      async consume(batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        const left = await filtered(batch);
        if (left.itemCount > 0) await (next[batch.signal] as Consumer<Batch>).consume(left, abort);
        // Only now: a sender whose batch was refused sends it again, and it is filtered again.
        const dropped = batch.itemCount - left.itemCount;
        if (dropped > 0) telemetry.incItemsDropped(dropped, "filtered");
        telemetry.incItemsOut(left.itemCount);
      },
    };
    return {
      metrics: consumer,
      logs: consumer,
      traces: consumer,
      [Symbol.asyncDispose]() {
        failed.end();
        return Promise.resolve();
      },
    };
  },
});

/** Drops that for which conditions in OTTL hold: metrics before their points, spans before their events. */
function conditionFilter(
  { metrics, logs, traces }: FilterConfig,
  {
    now,
    sinkOf,
  }: { readonly now: DropOptions["now"]; readonly sinkOf: (lists: OriginLists | undefined) => DropOptions["sink"] },
): {
  readonly byOrigins: (batch: Batch) => Batch;
  /** Of a part of a batch, `all` are the parts. */
  readonly byItems: (batch: Batch, all?: readonly Metrics[]) => Batch;
} {
  const ofMetrics = { now, sink: sinkOf(metrics) };
  const ofLogs = { now, sink: sinkOf(logs) };
  const ofTraces = { now, sink: sinkOf(traces) };
  const origins = {
    metrics: originFilter(metrics, ofMetrics),
    logs: originFilter(logs, ofLogs),
    traces: originFilter(traces, ofTraces),
  };
  const metric: ReturnType<typeof dropMetrics> =
    metrics?.metric === undefined ? (batch) => batch : dropMetrics(metrics.metric, ofMetrics);
  const point = dropping(metrics?.datapoint, dropPoints, ofMetrics);
  const record = dropping(logs?.log_record, dropLogs, ofLogs);
  const span = dropping(traces?.span, dropSpans, ofTraces);
  const event = dropping(traces?.spanevent, dropSpanEvents, ofTraces);
  return {
    byOrigins: (batch) => origins[batch.signal](batch),
    byItems(batch, all) {
      switch (batch.signal) {
        case "metrics":
          return point(metric(batch, all));
        case "logs":
          return record(batch);
        case "traces":
          return event(span(batch));
      }
    },
  };
}

/** Drops all of a resource, then all of a scope. */
function originFilter(lists: OriginLists | undefined, options: DropOptions): (batch: Batch) => Batch {
  const overResource = dropping<Batch>(lists?.resource, (list) => dropOrigins("resource", list, options), options);
  const overScope = dropping<Batch>(lists?.scope, (list) => dropOrigins("scope", list, options), options);
  return (batch) => overScope(overResource(batch));
}

function dropping<B extends Batch>(
  conditions: ConditionList,
  make: (conditions: readonly string[], options: DropOptions) => (batch: B) => B,
  options: DropOptions,
): (batch: B) => B {
  return conditions === undefined ? (batch) => batch : make(conditions, options);
}

function filter({ metrics, logs, spans }: FilterConfig): (batch: Batch) => Batch {
  const point = metrics === undefined ? undefined : pointFilter(metrics);
  const record = logs === undefined ? undefined : kept(logs, (match) => itemMatcher(asItemMatch(match)).log);
  const span = spans === undefined ? undefined : kept(spans, (match) => itemMatcher(match).span);
  return (batch) => {
    switch (batch.signal) {
      case "metrics":
        return point === undefined ? batch : filterSeries(batch, point);
      case "logs":
        return record === undefined ? batch : filterLogs(batch, (row) => record(batch, row));
      case "traces":
        return span === undefined ? batch : filterTraces(batch, (row) => span(batch, row));
    }
  };
}

/** Whether both sides keep an item. */
function kept<M, A extends readonly unknown[]>(
  { include, exclude }: Sides<M>,
  matcher: (match: M) => (...item: A) => boolean,
): (...item: A) => boolean {
  const wanted = include === undefined ? undefined : matcher(include);
  const unwanted = exclude === undefined ? undefined : matcher(exclude);
  return (...item) => wanted?.(...item) !== false && unwanted?.(...item) !== true;
}

/** As in the Collector, metrics and resources are looked at one after the other: either is enough to be dropped. */
function pointFilter(sides: Sides<MetricMatch>): (one: Series) => boolean {
  const keepsPoint = kept(only(sides, hasPointCondition), (match) => itemMatcher(pointMatch(match)).series);
  const keepsResource = kept(
    only(sides, ({ resource_attributes: conditions }) => conditions !== undefined),
    ({ match_type: type, resource_attributes: conditions }) => resourceMatcher(type, conditions),
  );
  return onceForEach((one: Series) => keepsPoint(one) && keepsResource(one.resource));
}

function only<M>({ include, exclude }: Sides<M>, has: (match: M) => boolean): Sides<M> {
  return {
    include: include !== undefined && has(include) ? include : undefined,
    exclude: exclude !== undefined && has(exclude) ? exclude : undefined,
  };
}

function hasPointCondition({ metric_names, attributes }: MetricMatch): boolean {
  return metric_names !== undefined || attributes !== undefined;
}

function pointMatch({ match_type, metric_names, attributes }: MetricMatch): ItemMatch {
  return { match_type, metric_names, attributes };
}

function asItemMatch(match: LogMatch): ItemMatch {
  return {
    match_type: match.match_type,
    resources: match.resource_attributes,
    attributes: match.record_attributes,
    log_severity_texts: match.severity_texts,
    log_severity_number: match.severity_number,
    log_bodies: match.bodies,
  };
}
