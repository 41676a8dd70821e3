import { systemClock } from "@tracecore/core";
import { attributes, metricFamily, MetricsBuilder, resource, scope, series } from "@tracecore/core/pdata";
import { PrometheusRegistry, plainText } from "@tracecore/prometheus";
import { gunzipSync } from "node:zlib";
import { workload } from "./exposition/workload.ts";
const N = +(process.argv[2] ?? 10000);
const { families, next } = workload(N);
const r = new PrometheusRegistry({ strategy: "UnderscoreEscapingWithSuffixes", scopeLabels: false, targetInfo: true, resourceToTelemetry: false, sendTimestamps: false, maxSeries: 200000, metricExpirationMs: 300000, clock: systemClock });
const list = Array.from({ length: N }, (_, i) => series(metricFamily(resource({}), scope({ name: "b" }), { name: families[i % 100]!.name, description: "x", unit: "", kind: "gauge", monotonic: false, temporality: "unspecified" }), attributes(families[i % 100]!.labels[Math.floor(i / 100)]!)));
const rounds = Math.max(10, 1_000_000 / N | 0);
for (let pass = 0; pass < 3; pass++) {
  let gz = 0, size = 0, first = 0;
  const all = process.cpuUsage();
  for (let i = 0; i < rounds; i++) {
    const v = next(false);
    const b = new MetricsBuilder(1n);
    for (let k = 0; k < N; k++) b.addNumber(list[k]!, v[k]!);
    r.update(b.build());
    using l = r.lease(plainText, { compact: true });
    const a = process.cpuUsage();
    const z = await l.gzip();
    const c = process.cpuUsage(a);
    if (pass === 0 && i === 1) console.log("plan + first ms", ((c.user + c.system) / 1000).toFixed(1));
    gz += c.user + c.system; size = z.length;
    if (i === 5 && Buffer.compare(gunzipSync(z), l.bytes) !== 0) throw new Error("bad");
  }
  const c = process.cpuUsage(all);
  console.log("gzip", (gz * 1000 / rounds / N).toFixed(0), "all", ((c.user + c.system) * 1000 / rounds / N).toFixed(0), "ns/series", size, "bytes");
}
