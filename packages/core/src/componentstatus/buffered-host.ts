import type { Component } from "../component.ts";
import type { Host } from "../host.ts";
import { reportStatus, type StatusEvent, type StatusReporter } from "./status.ts";

/** Events kept before there is a host; of more, the oldest go first, since the last ones say how the component is. */
const MAX_BUFFERED = 64;

/** A host that a component can report to from its constructor on. */
export interface BufferedHost extends Host, StatusReporter {
  /** Passes on what was reported so far, in order, and from now on everything at once. Attaching again changes the target. */
  attach(host: Host): void;
}

/** Makes a host for the time before there is one: it has no extensions, and it keeps the events until it is attached. */
export function bufferedHost(): BufferedHost {
  let target: Host | undefined;
  let waiting: StatusEvent[] = [];
  const none: ReadonlyMap<string, Component> = new Map();
  return {
    getExtensions: () => target?.getExtensions() ?? none,
    reportComponentStatus(event) {
      if (target !== undefined) {
        reportStatus(target, event);
        return;
      }
      waiting.push(event);
      if (waiting.length > MAX_BUFFERED) waiting.shift();
    },
    attach(host) {
      target = host;
      const events = waiting;
      waiting = [];
      for (const event of events) reportStatus(host, event);
    },
  };
}
