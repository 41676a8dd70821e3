import { freePort } from "@tracecore/testkit";
import { describe, expect, test } from "vitest";
import { folderWith, start } from "./harness/collector.ts";
import { flavours } from "./harness/places.ts";

const span = (traceId: string, name: string): object => ({
  traceId,
  spanId: "b7ad6b7169203331",
  name,
  startTimeUnixNano: "1",
  endTimeUnixNano: "2",
});

/** A cumulative sum and a log line about one GPU, and two spans of which an equalizing sampler at 50 % keeps one. */
const requests = {
  metrics: (value: number, second: number): object => ({
    resourceMetrics: [
      {
        scopeMetrics: [
          {
            metrics: [
              {
                name: "jobs",
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [{ asInt: String(value), timeUnixNano: `${1_700_000_000 + second}000000000` }],
                },
              },
            ],
          },
        ],
      },
    ],
  }),
  logs: {
    resourceLogs: [
      {
        scopeLogs: [
          {
            logRecords: [
              {
                severityNumber: 17,
                body: { stringValue: "lost GPU-4c2a1b7e-0f3d-4a55-9f55-0c1d2e3f4a5b" },
                attributes: [{ key: "hw.id", value: { stringValue: "GPU-4c2a1b7e-0f3d-4a55-9f55-0c1d2e3f4a5b" } }],
              },
            ],
          },
        ],
      },
    ],
  },
  traces: {
    resourceSpans: [
      { scopeSpans: [{ spans: [span("0".repeat(18) + "f".repeat(14), "kept"), span("1".repeat(32), "left out")] }] },
    ],
  },
};

const config = (port: number): string => `receivers:
  otlp: { protocols: { http: { endpoint: "127.0.0.1:${port}" } } }
processors:
  cumulativetodelta: {}
  deltatocumulative: {}
  probabilistic_sampler: { sampling_percentage: 50, mode: equalizing }
  redaction: { gpu_privacy: hash, gpu_privacy_salt: pepper }
connectors:
  forward: {}
  count: { logs: { faults: { conditions: ["log.severity_number >= SEVERITY_NUMBER_ERROR"], attributes: [{ key: hw.id }] } } }
exporters: { stdout: {} }
pipelines:
  logs: { receivers: [otlp], processors: [redaction], exporters: [forward, count] }
  logs/out: { receivers: [forward], exporters: [stdout] }
  traces: { receivers: [otlp], exporters: [forward, count] }
  traces/sampled: { receivers: [forward], processors: [probabilistic_sampler], exporters: [stdout] }
  metrics: { receivers: [otlp], processors: [cumulativetodelta], exporters: [forward] }
  metrics/out: { receivers: [forward, count], processors: [deltatocumulative], exporters: [stdout] }
`;

async function post(port: number, signal: keyof typeof requests, body: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect([response.status, await response.text()]).toEqual([200, "{}"]);
}

describe.each(flavours.slice(0, 1))("connectors and processors with a memory, by $name", (flavour) => {
  test("lead all three signals through two pipelines each, and count them", async () => {
    const port = await freePort();
    const cwd = await folderWith({ "tracecore.yaml": config(port) });
    await using collector = start(flavour, ["collect", "--config", "tracecore.yaml"], { cwd });
    await collector.saw("Ctrl-C stops it");
    await post(port, "logs", requests.logs);
    await post(port, "traces", requests.traces);
    for (const [value, second] of [
      [5, 0],
      [7, 10],
      [12, 20],
    ] as const) {
      await post(port, "metrics", requests.metrics(value, second));
    }
    await collector.saw(/metric jobs 7/);
    collector.kill("SIGTERM");
    const { status, out, err } = await collector.ended;
    expect(status).toBe(0);
    const lines = out.split("\n").map((line) => line.replace(/^\S+ /, ""));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^log .*lost acc2f87340eb5b7d/),
        'metric faults 1 {hw.id="acc2f87340eb5b7d"}',
        expect.stringMatching(/^span kept /),
        "metric trace.span.count 2",
      ]),
    );
    expect(out).not.toContain("left out");
    // The first value only says from where to count: 2 and 5 were counted since, and are 7 together.
    expect(lines.filter((line) => line.startsWith("metric jobs"))).toEqual(["metric jobs 2", "metric jobs 7"]);
    expect(err).toContain("0 dropped");
  });
});
