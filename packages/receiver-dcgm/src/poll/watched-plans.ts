import type { EngineSession, RefusedEntity, Watch } from "../engine/engine.ts";
import type { Slot } from "../emit/slot.ts";
import type { ReadPlan } from "./read-plan.ts";
import type { Schedule } from "./schedule.ts";
import { SlotIndex, type ReadOutcome } from "./table-reader.ts";

/** A plan that the engine carries out. */
export interface WatchedPlan {
  readonly plan: ReadPlan;
  readonly watch: Watch;
  readonly index: SlotIndex;
  /** When it is to be read. */
  readonly schedule: Schedule;
  /** What the last read found. */
  outcome: ReadOutcome | undefined;
}

export interface SwapResult {
  readonly watched: readonly WatchedPlan[];
  readonly failed: readonly { readonly plan: ReadPlan; readonly error: unknown }[];
  readonly refused: readonly RefusedEntity[];
}

/** Makes the watches of new plans, and only then gives up those of old ones; a plan that did not change keeps its watch. */
export async function swapPlans(
  session: EngineSession,
  before: readonly WatchedPlan[],
  plans: readonly ReadPlan[],
  slotsOf: (plan: ReadPlan) => readonly Slot[],
  scheduleOf: (plan: ReadPlan) => Schedule,
): Promise<SwapResult> {
  const watched: WatchedPlan[] = [];
  const failed: SwapResult["failed"][number][] = [];
  const refused: RefusedEntity[] = [];
  for (const plan of plans) {
    const same = before.find((one) => one.plan.key === plan.key);
    if (same !== undefined) {
      watched.push({ ...same, plan, index: new SlotIndex(slotsOf(plan)) });
      continue;
    }
    try {
      const watch = await session.watch({
        entities: plan.devices.map(({ entity: { group, id } }) => ({ group, id })),
        fieldIds: plan.fields.map(({ field }) => field.id),
        intervalMs: plan.updateEveryMs,
        keepAgeMs: plan.keepForMs,
      });
      refused.push(...watch.refused);
      watched.push({
        plan,
        watch,
        index: new SlotIndex(slotsOf(plan)),
        schedule: scheduleOf(plan),
        outcome: undefined,
      });
    } catch (error) {
      failed.push({ plan, error });
      if (endsSession(error)) break;
    }
  }
  for (const { watch } of before) {
    if (watched.some((one) => one.watch === watch)) continue;
    await session.unwatch(watch).catch(() => {}); // It ends with the session at the latest.
  }
  return { watched, failed, refused };
}

/** Whether an error of a session means that the session is over. */
export function endsSession(error: unknown): boolean {
  return typeof error === "object" && error !== null && "endsSession" in error && error.endsSession === true;
}
