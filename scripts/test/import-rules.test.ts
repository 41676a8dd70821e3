import { builtinModules } from "node:module";
import { expect, test } from "vitest";
import { importProblems } from "../imports/import-rules.ts";

function problems(name: string, text: string, dependencies: Record<string, string> = {}): string[] {
  const by = { name, manifest: { dependencies }, builtins: builtinModules };
  return importProblems(by, text).map(({ line, message }) => `${line}: ${message}`);
}

test("a plugin may import core, encodings, its own libraries and node:", () => {
  const text = `import { a } from "@tracecore/core";
import { b } from "@tracecore/core/config";
import { c } from "@tracecore/otlp";
import * as z from "zod";
import { readFile } from "node:fs/promises";
import { d } from "./d.ts";
`;
  expect(problems("exporter-stdout", text, { "@tracecore/core": "", "@tracecore/otlp": "", zod: "" })).toEqual([]);
});

test("a plugin may import neither the runtime nor another plugin", () => {
  const text = `import { a } from "@tracecore/core/service";
export { b } from "@tracecore/receiver-clock";
const c = await import("@tracecore/selftelemetry");
`;
  const dependencies = { "@tracecore/core": "", "@tracecore/receiver-clock": "", "@tracecore/selftelemetry": "" };
  expect(problems("exporter-prom", text, dependencies)).toEqual([
    "1: exporter-prom must not import the runtime, @tracecore/core/service",
    "2: exporter-prom must not import @tracecore/receiver-clock",
    "3: exporter-prom must not import @tracecore/selftelemetry",
  ]);
});

test("core imports no package of ours, and what is imported is declared", () => {
  expect(problems("core", 'import { a } from "@tracecore/otlp";\nimport b from "left-pad";\n')).toEqual([
    "1: imports @tracecore/otlp, which is not in its dependencies",
    "2: imports left-pad, which is not in its dependencies",
  ]);
  expect(problems("core", 'import { a } from "@tracecore/otlp";', { "@tracecore/otlp": "" })).toEqual([
    "1: core must not import @tracecore/otlp",
  ]);
});

test("what stands in a template is text, not an import", () => {
  expect(problems("core", 'const source = `\nimport { a } from "left-pad";\n`;\n')).toEqual([]);
});

test("built-in modules are named with node:", () => {
  expect(problems("core", 'import { readFile } from "fs";')).toEqual(['1: write "node:fs"']);
});
