import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { defineReceiver } from "@tracecore/core";
import * as z from "zod";
import { tracecore } from "../captured-console.ts";
import { folderWith, installCore, receiverPackage } from "../folders.ts";

interface Listed {
  readonly components: readonly { readonly type: string; readonly package: string; readonly from: string }[];
  readonly broken: readonly { readonly packageName: string; readonly reason: string }[];
}

/** The plugins of this repository: kind and type of each, in the order of the list. */
const shipped = readdirSync(new URL("../../../", import.meta.url))
  .map((name) => /^(exporter|extension|processor|receiver|connector)-(.+)$/.exec(name))
  .flatMap((match) => (match === null ? [] : [[match[1]!, typeOf(match[2]!)] as const]))
  .toSorted(([kindA, a], [kindB, b]) => (kindA === kindB ? (a < b ? -1 : 1) : kindA < kindB ? -1 : 1));

/** The type in a package of this name; one says what it is, where the type is what other collectors call it. */
function typeOf(name: string): string {
  return name === "status-page" ? "zpages" : name.replaceAll("-", "_");
}

describe("tracecore components", () => {
  test("lists the plugins beside the command: kind, type, version, stability and file", async () => {
    const { status, out, err } = await tracecore(["components"], { cwd: folderWith() });
    expect([status, err]).toEqual([0, ""]);
    const [head, ...rows] = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(head).toEqual(["KIND", "TYPE", "VERSION", "STABILITY", "FROM"]);
    // A variant stands behind the type in brackets.
    expect(rows.map(([kind, type, version]) => [kind, type?.replace(/ \[.*\]$/, ""), version])).toEqual(
      shipped.map(([kind, type]) => [kind, type, expect.stringMatching(/^\d+\.\d+\.\d+$/)]),
    );
    const row = (kind: string, type: string): string[] | undefined =>
      rows.find((one) => one[0] === kind && one[1] === type);
    expect(row("exporter", "stdout")?.[3]).toBe("metrics:stable logs:stable traces:stable");
    expect(row("receiver", "clock")?.[4]).toMatch(/\/receiver-clock\/src\/receiver\.ts$/);
  });

  test("finds those in the folder above as well, and says the same as JSON", async () => {
    const cwd = installCore(folderWith({ ...receiverPackage("tracecore-receiver-fan", "fan"), "deep/er/x": "" }));
    const { out } = await tracecore(["components", "--json"], { cwd: `${cwd}/deep/er` });
    const { components, broken } = JSON.parse(out) as Listed;
    expect(broken).toEqual([]);
    expect(components.map(({ type }) => type)).toEqual(
      expect.arrayContaining([...shipped.map(([, type]) => type), "fan"]),
    );
    expect(components.find(({ type }) => type === "fan")).toEqual({
      kind: "receiver",
      type: "fan",
      variant: "",
      version: "1.2.3",
      stability: "metrics:alpha",
      package: "tracecore-receiver-fan",
      from: `${cwd}/node_modules/tracecore-receiver-fan/receiver.js`,
    });
  });

  test("says what is wrong with a package that cannot be used, and lists the others", async () => {
    const cwd = folderWith({
      "node_modules/tracecore-receiver-bad/package.json": '{ "name": "tracecore-receiver-bad", "version": "1.0.0" }',
      "node_modules/tracecore-receiver-bad/index.js": 'throw new Error("boom")',
      "node_modules/tracecore-receiver-empty/package.json": '{ "name": "tracecore-receiver-empty" }',
      "node_modules/tracecore-receiver-empty/index.js": "module.exports = {}",
      "node_modules/tracecore-exporter-unbuilt/package.json":
        '{ "name": "tracecore-exporter-unbuilt", "exports": "./dist/exporter.js" }',
      "node_modules/unrelated/index.js": 'throw new Error("not looked at")',
    });
    const modules = `${cwd}/node_modules`;
    const { status, out, err } = await tracecore(["components"], { cwd });
    expect(status).toBe(0);
    for (const [, type] of shipped) expect(out).toContain(` ${type} `);
    expect(err).toBe(
      `warning: the package tracecore-exporter-unbuilt in ${modules}/tracecore-exporter-unbuilt has no file to load. Build it, or install it again.
warning: cannot load the package tracecore-receiver-bad from ${modules}/tracecore-receiver-bad/index.js: boom.
warning: the package tracecore-receiver-empty exports no factory, not one receiver. Export what defineReceiver gives.
`,
    );
    const listed = JSON.parse((await tracecore(["components", "--json"], { cwd })).out) as Listed;
    expect(listed.broken.map(({ packageName }) => packageName)).toEqual([
      "tracecore-exporter-unbuilt",
      "tracecore-receiver-bad",
      "tracecore-receiver-empty",
    ]);
  });

  test("shows the variant of a plugin, and packages of any name that an executable holds", async () => {
    const receiver = defineReceiver({
      type: "gpu",
      stability: { metrics: "beta" },
      config: z.strictObject({}),
      variant: () => "ffi:/usr/lib/libgpu.so.4",
      start: () => Promise.reject(new Error("never started")),
    });
    const held = { "@acme/gpu": { version: "9.9.9", load: () => ({ receiver, default: receiver }) } };
    const { out, err } = await tracecore(["components"], { cwd: folderWith(), held });
    expect(err).toBe("");
    expect(out).toMatch(/^receiver +gpu \[ffi:\/usr\/lib\/libgpu\.so\.4\] +9\.9\.9 +metrics:beta +\(executable\)$/m);
  });
});
