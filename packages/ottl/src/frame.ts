import type { AttributeValue } from "@tracecore/core/pdata";
import type { LogItem } from "./items/log-item.ts";
import type { MetricItem } from "./items/metric-item.ts";
import type { ResourceItem, ScopeItem } from "./items/origins.ts";
import type { PointItem } from "./items/point-item.ts";
import type { EventItem, SpanItem } from "./items/span-item.ts";
import type { Value } from "./values.ts";

/** What statements run over. */
export type ContextName = "resource" | "scope" | "metric" | "datapoint" | "log" | "span" | "spanevent";

/**
 * What the statements look at now. A path may only name what its context has, so the others are never read; one shape for all
 * keeps the closures that statements become fast.
 */
export interface Frame {
  resource: ResourceItem;
  scope: ScopeItem;
  metric: MetricItem;
  datapoint: PointItem;
  log: LogItem;
  span: SpanItem;
  spanevent: EventItem;
  /** What `cache` holds while the statements of one list run for one item. */
  readonly cache: Map<string, AttributeValue>;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
}

const nothing = undefined as never;

/** A frame that looks at nothing yet. */
export function emptyFrame(now: () => bigint): Frame {
  return {
    resource: nothing,
    scope: nothing,
    metric: nothing,
    datapoint: nothing,
    log: nothing,
    span: nothing,
    spanevent: nothing,
    cache: new Map(),
    now,
  };
}

/** Lets go of what the frame looks at: it would keep a whole batch until the next one. */
export function lookAway(frame: Frame): void {
  const { cache, now } = frame;
  cache.clear();
  Object.assign(frame, emptyFrame(now), { cache });
}

/** `work` on batches, after which the frame looks at nothing. */
export function lookingAway<B, A extends readonly unknown[]>(
  frame: Frame,
  work: (batch: B, ...more: A) => B,
): (batch: B, ...more: A) => B {
  return (batch, ...more) => {
    try {
      return work(batch, ...more);
    } finally {
      lookAway(frame);
    }
  };
}

export type Getter = (frame: Frame) => Value;
export type Setter = (frame: Frame, value: Value) => void;
