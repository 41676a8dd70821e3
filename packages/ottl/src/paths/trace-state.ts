import { asText, type Field } from "./path-table.ts";
import type { Getter, Setter } from "../frame.ts";
import { fail } from "../ottl-error.ts";

/** The state of a trace as its text; single members are behind `trace_state["key"]`. */
export const traceStateField: Field = {
  get: ({ span }) => span.traceStates.get(span.row),
  set: ({ span }, value) => span.traceStates.set(span.row, asText(value)),
};

/** The member `key` of the trace state at hand. */
export function traceStateMember(key: Getter): { get: Getter; set: Setter } {
  return {
    get(frame) {
      const wanted = asText(key(frame));
      const { span } = frame;
      return members(span.traceStates.get(span.row)).find(([name]) => name === wanted)?.[1] ?? "";
    },
    set(frame, value) {
      const wanted = asText(key(frame));
      const text = asText(value);
      if (
        !/^[a-z0-9][a-z0-9_\-*/@]{0,255}$/.test(wanted) ||
        !/^[\u0020-\u002b\u002d-\u003c\u003e-\u007e]{1,256}$/.test(text)
      ) {
        fail(`${JSON.stringify(`${wanted}=${text}`)} is no member of a trace state`);
      }
      const { span } = frame;
      const others = members(span.traceStates.get(span.row)).filter(([name]) => name !== wanted);
      // What was written last stands first (W3C Trace Context §3.5).
      const all = [[wanted, text], ...others].slice(0, 32);
      span.traceStates.set(span.row, all.map((pair) => pair.join("=")).join(","));
    },
  };
}

function members(state: string): [string, string][] {
  return state.split(",").flatMap((member): [string, string][] => {
    const at = member.indexOf("=");
    return at === -1 ? [] : [[member.slice(0, at).trim(), member.slice(at + 1).trim()]];
  });
}
