import { messageOf, TracecoreError } from "@tracecore/core";

/** The most that a ConfigMap of Kubernetes holds; the counters of all fields of DCGM fit in it ten times. */
const LARGEST_BYTES = 1024 * 1024;

/** The text of a counters file. What is no file, and what is too large for one, is not read: a device never ends. */
export function readCountersFile(file: string): string {
  const { readFileSync, statSync } = process.getBuiltinModule("node:fs");
  const remedy = "Name a counters file of dcgm-exporter such as default-counters.csv, or leave counters_file out";
  const refuse = (what: string): TracecoreError =>
    new TracecoreError("dcgm-counters-file", `counters_file ${file} ${what}`, { remedy });
  try {
    const found = statSync(file);
    if (found.isDirectory()) throw refuse("is a folder");
    if (!found.isFile()) throw refuse("is not a regular file");
    if (found.size > LARGEST_BYTES) throw refuse(`has ${found.size} bytes; more than ${LARGEST_BYTES} are not read`);
    return readFileSync(file, "utf8");
  } catch (cause) {
    if (cause instanceof TracecoreError) throw cause;
    throw new TracecoreError("dcgm-counters-file", `cannot read counters_file ${file}: ${messageOf(cause)}`, {
      remedy,
    });
  }
}
