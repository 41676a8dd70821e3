import type { Device } from "../emit/device.ts";
import type { EngineSession, Watch } from "../engine/engine.ts";
import { entityGroups } from "../engine/entity.ts";
import type { DeviceEvent } from "../events/device-events.ts";
import { endsSession } from "./watched-plans.ts";

/** The engine keeps events for this long, ms: longer than any pause between two reads. */
const KEEP_EVENTS_MS = 120_000;
/** Events are sampled at least this often, ms. */
const SAMPLE_EVENTS_MS = 1000;
const XID = 230;
const FATAL_SXID = 856;
const NON_FATAL_SXID = 857;
const BIND_UNBIND = 6;

/** What the engine reported since the last read. */
export interface EventsSince {
  readonly events: readonly DeviceEvent[];
  /** A GPU was bound or unbound. */
  readonly bound: boolean;
}

/** Reads XIDs, SXIDs and bind events, each once, over reconnects as well. */
export class EventReader {
  #watches: readonly Watch[] = [];
  /** Up to where events were read, µs by the engine's clock. */
  #cursor: number;

  /** Events from before `sinceMs` are history. */
  constructor(sinceMs: number) {
    this.#cursor = sinceMs * 1000;
  }

  /** The watches ended with their session; the place up to which events were read stays. */
  forgetSession(): void {
    this.#watches = [];
  }

  /** Watches these devices in place of those of before. Throws the first failure, after the other watches were made. */
  async watch(session: EngineSession, devices: readonly Device[], intervalMs: number): Promise<void> {
    const keys = (test: (device: Device) => boolean) =>
      devices.filter(test).map(({ entity: { group, id } }) => ({ group, id }));
    const wanted = [
      { entities: keys(({ gpu, entity }) => gpu !== undefined && entity.kind !== "link"), fieldIds: [XID] },
      { entities: keys(({ entity }) => entity.kind === "switch"), fieldIds: [FATAL_SXID, NON_FATAL_SXID] },
      { entities: [{ group: entityGroups.none, id: 0 }], fieldIds: [BIND_UNBIND] },
    ];
    const before = this.#watches;
    const watches: Watch[] = [];
    let failure: unknown;
    for (const { entities, fieldIds } of wanted) {
      if (entities.length === 0) continue;
      try {
        watches.push(
          await session.watch({
            entities,
            fieldIds,
            intervalMs: Math.min(intervalMs, SAMPLE_EVENTS_MS),
            keepAgeMs: Math.max(KEEP_EVENTS_MS, 3 * intervalMs),
          }),
        );
      } catch (error) {
        if (endsSession(error)) throw error;
        // Engines before 4.5 have no bind events; the devices are looked at each minute anyway.
        if (fieldIds[0] !== BIND_UNBIND) failure ??= error;
      }
    }
    this.#watches = watches;
    for (const watch of before) await session.unwatch(watch).catch(() => {}); // It ends with the session at the latest.
    if (failure !== undefined) throw failure;
  }

  async read(session: EngineSession, devices: readonly Device[]): Promise<EventsSince> {
    const events: DeviceEvent[] = [];
    let bound = false;
    let cursor = this.#cursor;
    for (const watch of this.#watches) {
      const since = await session.valuesSince(watch, this.#cursor);
      cursor = Math.max(cursor, since.cursor);
      for (const { group, id, fieldId, timestampUs, value } of since.samples) {
        const code = Number(value);
        if (fieldId === BIND_UNBIND) bound = true;
        if (fieldId === BIND_UNBIND || !Number.isSafeInteger(code) || code <= 0) continue;
        const device = devices.find(({ entity }) => entity.group === group && entity.id === id);
        if (device === undefined) continue;
        const isXid = fieldId === XID;
        events.push({
          kind: isXid ? "xid" : "sxid",
          device,
          code,
          timestampUs,
          source: "dcgm",
          fatal: isXid ? undefined : fieldId === FATAL_SXID,
        });
      }
    }
    this.#cursor = cursor;
    // An instance says more of an event than its GPU does: where both report one, the instance comes first.
    events.sort((a, b) => b.device.entity.group - a.device.entity.group || a.timestampUs - b.timestampUs);
    return { events, bound };
  }
}
