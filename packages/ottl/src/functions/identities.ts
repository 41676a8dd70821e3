import { fail } from "../ottl-error.ts";
import { isBytes, typeName, type Value } from "../values.ts";
import { define, type FunctionDefinition } from "./signature.ts";

/** The functions of ids and addresses. */
export const identities: readonly FunctionDefinition[] = [
  define(
    "TraceID",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        idOf(value(frame), 16),
  ),
  define(
    "SpanID",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        idOf(value(frame), 8),
  ),
  define(
    "IsRootSpan",
    {},
    () =>
      ({ span }) =>
        span.parentSpanIds.get(span.row) === "",
    { contexts: ["span"] },
  ),
  define("UUID", {}, () => () => process.getBuiltinModule("node:crypto").randomUUID(), { volatile: true }),
  define("IsInCIDR", { target: "string", networks: "list" }, ({ target, networks }) => {
    const { BlockList, isIP } = process.getBuiltinModule("node:net");
    const lists = new Map<string, InstanceType<typeof BlockList>>();
    return (frame) => {
      const address = target(frame);
      const family = isIP(address);
      if (family === 0) return false;
      return networks(frame).some((network) => {
        const text = typeof network === "string" ? network : fail("a network is a string");
        let list = lists.get(text);
        if (list === undefined) {
          list = new BlockList();
          const [, base = "", bits = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
          const kind = isIP(base);
          if (kind === 0 || Number(bits) > (kind === 4 ? 32 : 128)) fail(`${JSON.stringify(text)} is no network`);
          list.addSubnet(base, Number(bits), kind === 4 ? "ipv4" : "ipv6");
          if (lists.size < MAX_NETWORKS) lists.set(text, list);
        }
        return list.check(address, family === 4 ? "ipv4" : "ipv6");
      });
    };
  }),
];

/** Networks that one call remembers. */
const MAX_NETWORKS = 1000;

function idOf(value: Value, bytes: number): Value {
  if (isBytes(value) && value.length === bytes) return value;
  if (typeof value === "string" && value.length === 2 * bytes && /^[0-9a-fA-F]+$/.test(value)) {
    return new Uint8Array(Buffer.from(value, "hex"));
  }
  return fail(`expected ${bytes} bytes or ${2 * bytes} hexadecimal digits, got ${typeName(value)}`);
}
