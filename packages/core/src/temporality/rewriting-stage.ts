import type { Consumer } from "../consumer.ts";
import type { ProcessorContext } from "../factory.ts";
import type { Metrics, PointColumns } from "../pdata/metrics.ts";
import { mapParts } from "../pdata/parts.ts";
import { DropLog } from "./drop-log.ts";
import type { PointKind } from "./point-kind.ts";
import { rewriteMetrics, type Decision, type PointKinds } from "./rewrite-metrics.ts";
import { Turns } from "./turns.ts";

/** Writes points anew by what is known of their series. `R` are the reasons why one is dropped. */
export interface PointRewriter<R extends string> {
  readonly kinds: PointKinds;
  /** What is known of each series; what a batch changes there counts only once the batch was taken. */
  readonly states: AsyncDisposable & { commit(): void; discard(): void };
  decide<P extends PointColumns, V>(kind: PointKind<P, V>, points: P, row: number): Exclude<Decision<V>, "drop"> | R;
}

/**
 * The running processor of a rewriter. `losses` says of each reason why the points are lost and what to do; where it says
 * nothing, nothing is lost.
 */
export function rewritingStage<R extends string>(
  rewriter: PointRewriter<R>,
  { clock, dropped, next, settings, telemetry }: ProcessorContext,
  losses: Readonly<Record<R, string | undefined>>,
): { readonly metrics: Consumer<Metrics> } & AsyncDisposable {
  const { kinds, states } = rewriter;
  // One batch at a time: the one after it counts from what this one leaves.
  const turns = new Turns();
  const log = new DropLog<R>(settings.telemetry.logger, clock, losses);
  return {
    metrics: {
      async consume(batch, abort) {
        telemetry.incItemsIn(batch.itemCount);
        await turns.take(abort, async () => {
          const drops = new Map<R, number>();
          let left = 0;
          try {
            const rewritten = await mapParts(batch, (part) =>
              rewriteMetrics(part, kinds, (kind, points, row) => {
                const decision = rewriter.decide(kind, points, row);
                if (typeof decision !== "string") return decision;
                if (decision === "keep") return "keep";
                drops.set(decision, (drops.get(decision) ?? 0) + 1);
                return "drop";
              }),
            );
            left = rewritten.itemCount;
            if (left > 0) await next.metrics.consume(rewritten, abort);
          } catch (error) {
            states.discard();
            throw error;
          }
          states.commit();
          telemetry.incItemsOut(left);
          for (const [reason, items] of drops) {
            telemetry.incItemsDropped(items, reason);
            if (losses[reason] === undefined) continue;
            dropped(items);
            log.add(reason, items);
          }
        });
      },
    },
    [Symbol.asyncDispose]: () => states[Symbol.asyncDispose](),
  };
}
