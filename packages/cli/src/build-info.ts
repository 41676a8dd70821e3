import type { BuildInfo } from "@tracecore/core";
import { cliVersion } from "./versions.ts";

/** Which program this is. */
export const buildInfo: BuildInfo = {
  command: "tracecore",
  description: "observability collector for GPU clusters",
  version: cliVersion,
};
