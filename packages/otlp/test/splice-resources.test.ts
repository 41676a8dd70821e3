import { hasParts, mapParts, mapResources, resource, type Resource } from "@tracecore/core/pdata";
import { decodeProtobuf, encodeProtobuf } from "@tracecore/otlp";
import fc from "fast-check";
import { expect, test } from "vitest";
import { requestType } from "./otlp-proto.ts";

function message(name: string, object: object): Uint8Array {
  const type = requestType("logs").root.lookupType(name);
  return type.encode(type.fromObject(object)).finish();
}

function field(tag: number, content: Uint8Array): Buffer {
  const head = [tag];
  let rest = content.length;
  for (; rest > 0x7f; rest >>>= 7) head.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...head, rest]), content]);
}

const resourceOf = (pod: string): Buffer =>
  field(0x0a, message("Resource", { attributes: [{ key: "pod", value: { stringValue: pod } }] }));
const urlOf = (url: string): Buffer => field(0x1a, Buffer.from(url));

/** What stands beside the resource: records of some length, and a field of a later version of the protocol. */
const others = fc.array(
  fc.oneof(
    fc
      .nat(9000)
      .map((length) => field(0x12, message("ScopeLogs", { logRecords: [{ severityText: "x".repeat(length) }] }))),
    fc.constant(Buffer.from([0xf2, 0x07, 2, 0xab, 0xcd])),
  ),
  { maxLength: 4 },
);
const one = fc.record({
  pod: fc.constantFrom("stays", "moves", "moves far"),
  url: fc.constantFrom(undefined, "https://example.test/1"),
  before: others,
  after: others,
});

const moved = (before: Resource): Resource => {
  const pod = before.attributes.get("pod") as string;
  if (pod === "stays") return before;
  const url = pod === "moves far" ? "https://example.test/of-the-new-one" : before.schemaUrl;
  return resource({ pod: `${pod}, and is here now` }, url);
};

test("resources are replaced where they stand, and every other byte stays as it came", () => {
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), fc.boolean(), (list, isStrange) => {
      const strange = isStrange ? Buffer.from([0xf2, 0x07, 1, 0x55]) : Buffer.alloc(0);
      const request = list.flatMap(({ pod, url, before, after }) => {
        const fields = [...before, resourceOf(pod), ...(url === undefined ? [] : [urlOf(url)]), ...after];
        return [field(0x0a, Buffer.concat(fields)), strange];
      });
      const expected = list.flatMap(({ pod, url, before, after }, i) => {
        if (pod === "stays") return [request[2 * i]!, strange];
        const own = url === undefined || pod === "moves far" ? [] : [urlOf(url)];
        const given = pod === "moves far" ? [urlOf("https://example.test/of-the-new-one")] : [];
        const fields = [resourceOf(`${pod}, and is here now`), ...before, ...own, ...after, ...given];
        return [field(0x0a, Buffer.concat(fields)), strange];
      });
      const bytes = encodeProtobuf(mapResources(decodeProtobuf("logs", Buffer.concat(request)), moved));
      expect(Buffer.compare(bytes, Buffer.concat(expected))).toBe(0);
    }),
  );
});

test("resources and metrics without items count for how a request is worked on", async () => {
  const named = (i: number): Buffer => field(0x12, message("Metric", { name: `metric-${i}`, gauge: {} }));
  const metrics = Array.from({ length: 9000 }, (_, i) => named(i));
  const request = field(0x0a, field(0x12, Buffer.concat(metrics)));
  expect(request.length).toBeLessThan(256 * 1024);
  const batch = decodeProtobuf("metrics", request);
  expect(hasParts(batch)).toBe(true);
  const sizes: number[] = [];
  await mapParts(batch, (part) => {
    sizes.push(encodeProtobuf(part).length);
    return part;
  });
  expect(Math.max(...sizes)).toBeLessThan(50_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(request.length - 100);
  // As many items as are usual in so many bytes.
  expect(hasParts(decodeProtobuf("metrics", field(0x0a, field(0x12, Buffer.concat(metrics.slice(0, 1000))))))).toBe(
    false,
  );
});
