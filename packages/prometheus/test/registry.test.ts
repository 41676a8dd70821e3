import { resource, scope } from "@tracecore/core/pdata";
import { describe, expect, test } from "vitest";
import { plainText } from "../src/prometheus.ts";
import { batch, numbers, openMetrics, openMetricsUtf8, parsed, registry, seriesOf, text } from "./build.ts";

const counter = { kind: "sum", monotonic: true } as const;
const delta = { kind: "sum", monotonic: true, temporality: "delta" } as const;

describe("the registry", () => {
  test("writes nothing before the first batch", () => {
    expect(text(registry())).toBe("");
    expect(text(registry(), openMetrics)).toBe("# EOF\n");
  });

  test("keeps the last value of each series", () => {
    const one = registry();
    one.update(numbers([seriesOf("t", { a: "x" }), 1], [seriesOf("t", { a: "y" }), 2]));
    one.update(numbers([seriesOf("t", { a: "x" }), 3]));
    expect(text(one)).toBe('# TYPE t gauge\nt{a="x"} 3\nt{a="y"} 2\n');
  });

  test("shows what changed between two renders, however long the value was", () => {
    const one = registry();
    const series = seriesOf("t");
    for (const value of [5, 123456.789, -1, Number.NaN, 0.1 + 0.2, 7, Number.NEGATIVE_INFINITY, 12]) {
      one.update(numbers([series, value]));
      const shown = value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value);
      expect(text(one)).toBe(`# TYPE t gauge\nt ${shown}\n`);
      expect(text(one, openMetrics)).toBe(`# TYPE t gauge\nt ${shown}\n# EOF\n`);
    }
  });

  test("does not write into a body that somebody still sends", () => {
    const one = registry();
    one.update(numbers([seriesOf("t"), 1]));
    using first = one.lease(plainText);
    const before = Buffer.from(first.bytes).toString();
    one.update(numbers([seriesOf("t"), 2]));
    using second = one.lease(plainText);
    expect(Buffer.from(first.bytes).toString()).toBe(before);
    expect(Buffer.from(second.bytes).toString()).toContain(" 2\n");
  });

  test("gives all scrapers of one generation the same body, plain and compressed", async () => {
    const one = registry();
    one.update(numbers([seriesOf("t"), 1]));
    using first = one.lease(plainText);
    using second = one.lease(plainText);
    expect(second.bytes).toBe(first.bytes);
    expect(await second.gzip()).toBe(await first.gzip());
  });

  test("writes 64-bit integers exactly", () => {
    const one = registry();
    const series = seriesOf("t", {}, counter);
    one.update(numbers([series, 9_223_372_036_854_775_807n], [seriesOf("u"), -9_223_372_036_854_775_808n]));
    expect(text(one)).toContain("t_total 9223372036854775807\n");
    expect(text(one, openMetrics)).toContain("u -9223372036854775808\n");
    one.update(numbers([series, 1]));
    expect(text(one)).toContain("t_total 1\n");
  });

  test("adds deltas up, exactly beyond 2^53", () => {
    const one = registry();
    const series = seriesOf("t", {}, delta);
    for (const value of [2n ** 53n, 1n, 1, 3]) one.update(numbers([series, value]));
    expect(text(one)).toContain("t_total 9007199254740997\n");
  });

  test("shows a non-monotonic sum as a gauge", () => {
    const one = registry();
    one.update(numbers([seriesOf("t", {}, { kind: "sum", monotonic: false, unit: "1" }), 3]));
    expect(text(one)).toBe("# TYPE t gauge\nt 3\n");
  });

  test("drops a series whose point has no value, and its family with the last one", () => {
    const one = registry();
    one.update(numbers([seriesOf("t", { a: "x" }), 1], [seriesOf("t", { a: "y" }), 2]));
    one.update(batch((builder) => builder.addNumber(seriesOf("t", { a: "x" }), 0, { noValue: true })));
    expect(text(one)).toBe('# TYPE t gauge\nt{a="y"} 2\n');
    one.update(batch((builder) => builder.addNumber(seriesOf("t", { a: "y" }), 0, { noValue: true })));
    expect(text(one)).toBe("");
  });

  test("drops a series that got no value for longer than the expiration, and shows it again later", async () => {
    const one = registry({ metricExpirationMs: 1000 });
    one.update(numbers([seriesOf("t", { a: "x" }), 1], [seriesOf("t", { a: "y" }), 2]));
    await one.clock.advance(600);
    one.update(numbers([seriesOf("t", { a: "y" }), 2]));
    expect(parsed(one).samples).toHaveLength(2);
    await one.clock.advance(401);
    expect(text(one)).toBe('# TYPE t gauge\nt{a="y"} 2\n');
    one.update(numbers([seriesOf("t", { a: "x" }), 4]));
    expect(text(one)).toBe('# TYPE t gauge\nt{a="y"} 2\nt{a="x"} 4\n');
  });

  test("writes escaped descriptions, units and counters as each format wants them", () => {
    const one = registry();
    one.update(numbers([seriesOf("hw.energy", {}, { ...counter, unit: "J", description: 'a "b"\n\\' }), 1]));
    expect(text(one)).toBe(
      '# HELP hw_energy_joules_total a "b"\\n\\\\\n# TYPE hw_energy_joules_total counter\nhw_energy_joules_total 1\n',
    );
    expect(text(one, openMetrics)).toBe(
      '# HELP hw_energy_joules a \\"b\\"\\n\\\\\n# TYPE hw_energy_joules counter\n# UNIT hw_energy_joules joules\nhw_energy_joules_total 1\n# EOF\n',
    );
  });

  test("adds _total to a counter in OpenMetrics only, when suffixes are off", () => {
    const one = registry({ strategy: "UnderscoreEscapingWithoutSuffixes" });
    one.update(numbers([seriesOf("hw.energy", {}, { ...counter, unit: "J" }), 1]));
    expect(text(one)).toBe("# TYPE hw_energy counter\nhw_energy 1\n");
    expect(text(one, openMetrics)).toBe("# TYPE hw_energy counter\nhw_energy_total 1\n# EOF\n");
  });

  test("writes UTF-8 names in quotes where they were negotiated, and escaped where not", () => {
    const one = registry({ strategy: "NoUTF8EscapingWithSuffixes" });
    one.update(
      numbers([seriesOf("hw.energy", { "hw.id": "1", hw_id: "2", plain: "3" }, { ...counter, unit: "J" }), 1]),
    );
    expect(text(one)).toBe('# TYPE hw_energy_joules_total counter\nhw_energy_joules_total{hw_id="1;2",plain="3"} 1\n');
    expect(text(one, openMetricsUtf8)).toBe(
      '# TYPE "hw.energy_joules" counter\n# UNIT "hw.energy_joules" joules\n{"hw.energy_joules_total","hw.id"="1",hw_id="2",plain="3"} 1\n# EOF\n',
    );
  });

  test("joins attributes that meet in one label, in the order of their keys", () => {
    const one = registry();
    one.update(numbers([seriesOf("t", { a_b: "2", "a.b": "1", "1a": true, list: [1, "x"], big: 2n ** 60n }), 1]));
    expect(text(one)).toContain('t{key_1a="true",a_b="1;2",big="1152921504606846976",list="[1,\\"x\\"]"} 1\n');
  });

  test("writes timestamps only when asked, in each format's unit", () => {
    const one = registry({ sendTimestamps: true });
    one.update(numbers([seriesOf("t"), 1]));
    expect(text(one)).toBe("# TYPE t gauge\nt 1 1700000000123\n");
    expect(text(one, openMetrics)).toBe("# TYPE t gauge\nt 1 1700000000.123\n# EOF\n");
  });

  test("prefixes names with the namespace and adds the constant labels", () => {
    const one = registry({ namespace: "acme", constLabels: { site: "b", a: "no" } });
    one.update(numbers([seriesOf("t", { a: "point wins" }), 1]));
    expect(text(one)).toBe('# TYPE acme_t gauge\nacme_t{a="point wins",site="b"} 1\n');
  });
});

describe("resources and scopes", () => {
  const from = resource({
    "service.namespace": "ns",
    "service.name": "api",
    "service.instance.id": "i-1",
    "host.name": "h",
  });

  test("become job, instance and one target_info for each pair", () => {
    const one = registry({ targetInfo: true });
    const twin = resource({
      "service.namespace": "ns",
      "service.name": "api",
      "service.instance.id": "i-1",
      "host.name": "h2",
    });
    one.update(numbers([seriesOf("t", {}, {}, { resource: from }), 1], [seriesOf("u", {}, {}, { resource: twin }), 2]));
    const { samples, types } = parsed(one);
    expect(samples).toEqual([
      { name: "t", labels: { job: "ns/api", instance: "i-1" }, value: "1" },
      { name: "u", labels: { job: "ns/api", instance: "i-1" }, value: "2" },
      { name: "target_info", labels: { job: "ns/api", instance: "i-1", host_name: "h2" }, value: "1" },
    ]);
    expect(types["target_info"]).toBe("gauge");
    expect(parsed(one, openMetrics).types["target"]).toBe("info");
  });

  test("give no target_info without a job or without anything more to say", () => {
    const one = registry({ targetInfo: true });
    one.update(numbers([seriesOf("t", {}, {}, { resource: resource({ "host.name": "h" }) }), 1]));
    one.update(numbers([seriesOf("u", {}, {}, { resource: resource({ "service.name": "only" }) }), 1]));
    expect(parsed(one).samples.map(({ name }) => name)).toEqual(["t", "u"]);
  });

  test("go on every series when asked", () => {
    const one = registry({ resourceToTelemetry: true, identityLabels: false });
    one.update(numbers([seriesOf("t", {}, {}, { resource: from }), 1]));
    expect(parsed(one).samples[0]!.labels).toEqual({
      host_name: "h",
      service_instance_id: "i-1",
      service_name: "api",
      service_namespace: "ns",
    });
  });

  test("scopes become otel_scope labels", () => {
    const one = registry({ scopeLabels: true });
    const lib = scope({ name: "lib", version: "1.2", schemaUrl: "https://s", attributes: { "a.b": 1 } });
    one.update(numbers([seriesOf("t", {}, {}, { scope: lib }), 1]));
    expect(parsed(one).samples[0]!.labels).toEqual({
      otel_scope_name: "lib",
      otel_scope_version: "1.2",
      otel_scope_schema_url: "https://s",
      otel_scope_a_b: "1",
    });
  });

  test("names and labels of another exporter's scope stay as they are, beside those that are translated", () => {
    const one = registry({ scopeLabels: true });
    const api = resource({ "service.name": "api", "service.instance.id": "i-1" });
    const other = scope({ name: "lib", attributes: { "tracecore.prometheus.verbatim": true } });
    const labels = { UUID: "GPU-1", Hostname: "n1" };
    const gauge = seriesOf("DCGM_FI_DEV_GPU_TEMP", labels, {}, { scope: other, resource: api });
    const energy = seriesOf("DCGM_FI_DEV_ENERGY", labels, counter, { scope: other, resource: api });
    const own = seriesOf("energy", {}, { ...counter, unit: "J" }, { scope: scope({ name: "lib" }), resource: api });
    one.update(numbers([gauge, 50], [energy, 7], [own, 8]));
    const line = '{Hostname="n1",UUID="GPU-1"}';
    expect(text(one)).toContain(`# TYPE DCGM_FI_DEV_ENERGY counter\nDCGM_FI_DEV_ENERGY${line} 7\n`);
    expect(text(one)).toContain(`# TYPE DCGM_FI_DEV_GPU_TEMP gauge\nDCGM_FI_DEV_GPU_TEMP${line} 50\n`);
    expect(text(one)).toContain('energy_joules_total{job="api",instance="i-1",otel_scope_name="lib"} 8\n');
    // OpenMetrics would have the counter end in _total: its type is not told rather than its name changed.
    expect(text(one, openMetrics)).toContain(`# TYPE DCGM_FI_DEV_ENERGY unknown\nDCGM_FI_DEV_ENERGY${line} 7\n`);
  });

  test("attributes of a resource that meet in one label are joined, in the order of their keys", () => {
    const one = registry({ resourceToTelemetry: true });
    one.update(numbers([seriesOf("t", {}, {}, { resource: resource({ a_b: "r2", "a.b": "r", none: "" }) }), 1]));
    expect(text(one)).toBe('# TYPE t gauge\nt{a_b="r;r2"} 1\n');
  });

  test("attributes of a scope that meet in one label are joined, with each other and with its name", () => {
    const one = registry({ scopeLabels: true });
    const lib = scope({ name: "lib", attributes: { x_y: "w", "x.y": "z", name: "other" } });
    one.update(numbers([seriesOf("t", {}, {}, { scope: lib }), 1]));
    expect(text(one)).toBe('# TYPE t gauge\nt{otel_scope_name="lib;other",otel_scope_x_y="z;w"} 1\n');
  });

  test("point, scope and resource that meet in one label are joined in this order, equal values once", () => {
    const one = registry({ resourceToTelemetry: true, scopeLabels: true, constLabels: { a_b: "default" } });
    const origin = {
      resource: resource({ "a.b": "r", a_b: "r2", same: "s", "otel.scope.k": "r3", empty: "full" }),
      scope: scope({ name: "", attributes: { k: "k" } }),
    };
    one.update(numbers([seriesOf("t", { "a-b": "p", same: "s", empty: "" }, {}, origin), 1]));
    expect(parsed(one).samples[0]!.labels).toEqual({
      a_b: "p;r;r2",
      same: "s",
      otel_scope_k: "k;r3",
      empty: "full",
    });
  });

  test("what calls itself job, instance, le or quantile is kept as exported", () => {
    const one = registry({ resourceToTelemetry: true });
    const origin = { resource: resource({ "service.name": "api", job: "r", quantile: "q" }) };
    one.update(
      batch((builder) =>
        builder.addSummary(seriesOf("t", { job: "p", instance: "free" }, { kind: "summary" }, origin), {
          count: 1,
          sum: 2,
          quantiles: [],
        }),
      ),
    );
    expect(parsed(one).samples[0]!.labels).toEqual({
      exported_job: "p;r",
      instance: "free",
      job: "api",
      exported_quantile: "q",
      service_name: "api",
    });
  });
});
