import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { MetricDescriptor } from "../../src/pdata/pdata.ts";

setFlagsFromString("--expose-gc");
/** Collects all garbage. */
export const collectGarbage: (options: { execution: "async" }) => Promise<void> = runInNewContext("gc");

/** A metric of which no test says more. */
export const descriptor: MetricDescriptor = {
  name: "t",
  description: "",
  unit: "",
  kind: "gauge",
  monotonic: false,
  temporality: "unspecified",
};
