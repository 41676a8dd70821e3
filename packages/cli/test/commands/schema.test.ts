import { loadDocument } from "@tracecore/core/service";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { starterConfig } from "../../src/commands/init.ts";
import { tracecore } from "../captured-console.ts";
import { folderWith, installCore, receiverPackage } from "../folders.ts";
import { root } from "../operations/repository.ts";

async function schemaOf(cwd: string): Promise<{ accepts: (value: unknown) => boolean; json: Record<string, unknown> }> {
  const { status, out, err } = await tracecore(["schema"], { cwd });
  expect([status, err]).toEqual([0, ""]);
  const json = JSON.parse(out) as Record<string, unknown>;
  // zod reads JSON Schema too: it does not know how this one was made.
  const schema = z.fromJSONSchema(json);
  return { json, accepts: (value) => schema.safeParse(value).success };
}

function parsed(text: string | Uint8Array): unknown {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  // Variables stay as they are written: an editor sees the file, not what becomes of it.
  const escaped = Buffer.from(bytes.toString().replaceAll("${", "$${"));
  const { document, problems } = loadDocument({ sources: [{ file: "f.yaml", bytes: escaped }], set: [], env: {} });
  expect(problems).toEqual([]);
  return JSON.parse(JSON.stringify(document?.value));
}

describe("tracecore schema", () => {
  test("writes a JSON Schema that takes every example and the config of tracecore init", async () => {
    const { accepts, json } = await schemaOf(folderWith());
    expect(json["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    for (const example of [
      "collector-config/config",
      "getting-started/tracecore",
      "stdout-json/tracecore",
      "with-telemetry/tracecore",
    ]) {
      expect([example, accepts(parsed(readFileSync(join(root, "examples", `${example}.yaml`))))]).toEqual([
        example,
        true,
      ]);
    }
    expect(accepts(parsed(starterConfig))).toBe(true);
  });

  test.each([
    ["an unknown option", { receivers: { clock: { intervall: "5s" } } }],
    ["an unknown plugin", { receivers: { clok: {} } }],
    ["an unknown section", { recievers: {} }],
    ["a wrong choice", { exporters: { stdout: { format: "xml" } } }],
    ["a wrong option of telemetry", { telemetry: { enabled: true, port: 8888 } }],
  ])("writes one that refuses %s", async (_, change) => {
    const { accepts } = await schemaOf(folderWith());
    const sound = {
      receivers: { clock: {} },
      exporters: { stdout: {} },
      pipelines: { metrics: { receivers: ["clock"], exporters: ["stdout"] } },
    };
    expect(accepts(sound)).toBe(true);
    expect(accepts({ ...sound, ...change })).toBe(false);
  });

  test("knows the plugins that are installed in the folder", async () => {
    const config = {
      receivers: { fan: { level: 3 } },
      exporters: { stdout: {} },
      pipelines: { metrics: { receivers: ["fan"], exporters: ["stdout"] } },
    };
    expect((await schemaOf(folderWith())).accepts(config)).toBe(false);
    const cwd = installCore(folderWith(receiverPackage("tracecore-receiver-fan", "fan")));
    expect((await schemaOf(cwd)).accepts(config)).toBe(true);
  });
});
