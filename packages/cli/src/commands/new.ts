import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { TracecoreError } from "@tracecore/core";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { fileFailure } from "../file-failure.ts";
import { makeFolders } from "../make-folders.ts";
import { pluginFiles, type NewPlugin } from "../new-plugin/plugin-files.ts";
import { olderNodeOnPath } from "../new-plugin/node-on-path.ts";
import { findTarballs, workspaceAbove } from "../new-plugin/surroundings.ts";

const kinds = ["receiver", "processor", "exporter"] as const;

/** Writes a plugin package that passes its own tests. */
export const newPlugin: Command = {
  name: "new",
  summary: "Write a new plugin package: source, test, README, ready to run and to publish",
  positionals: ["<kind>", "<type>"],
  words: kinds,
  options: {
    directory: {
      type: "string",
      short: "d",
      value: "folder",
      files: true,
      description: "Where to put it; default packages/<kind>-<type> in a workspace, else tracecore-<kind>-<type>.",
    },
    tarballs: {
      type: "string",
      value: "folder",
      files: true,
      description: "Take @tracecore/core and @tracecore/testkit from .tgz files in this folder, not from a registry.",
    },
  },
  examples: ["tracecore new receiver gpu_fan", "tracecore new exporter syslog --directory ./my-exporter"],
  run({ console, positionals: [kind, type], values }) {
    if (kind === undefined || type === undefined) {
      throw new TracecoreError("usage", "name a kind and a type", {
        remedy: "For example: tracecore new receiver gpu_fan",
      });
    }
    const known = kinds.find((one) => one === kind);
    if (known === undefined) {
      throw new TracecoreError("usage", `"${kind}" is not a kind that can be made`, {
        remedy: `Kinds: ${kinds.join(", ")}`,
      });
    }
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(type)) {
      throw new TracecoreError("usage", `"${type}" is not a type: it must be snake_case`, {
        remedy: "Use small letters, digits and single underscores, beginning with a letter",
      });
    }
    const kebab = type.replaceAll("_", "-");
    const chosen = values["directory"] as string | undefined;
    const workspace = workspaceAbove(chosen === undefined ? console.cwd : dirname(resolve(console.cwd, chosen)));
    const fallback =
      workspace === undefined ? `tracecore-${kind}-${kebab}` : join(workspace, "packages", `${kind}-${kebab}`);
    const folder = resolve(console.cwd, chosen ?? fallback);
    if (existsSync(folder) && !isEmptyFolder(folder)) {
      throw new TracecoreError("file-exists", `${folder} is there already and is no empty folder`, {
        remedy: "Name another one with --directory",
      });
    }
    const tarballs = values["tarballs"] as string | undefined;
    const inWorkspace = workspace !== undefined && dirname(folder) === join(workspace, "packages");
    const plugin: NewPlugin = {
      kind: known,
      type,
      packageName: inWorkspace ? `@tracecore/${kind}-${kebab}` : `tracecore-${kind}-${kebab}`,
      inWorkspace,
      tarballs: tarballs === undefined ? undefined : findTarballs(resolve(console.cwd, tarballs), folder),
      node: inWorkspace ? undefined : olderNodeOnPath(console.env),
    };
    try {
      for (const [file, text] of Object.entries(pluginFiles(plugin))) {
        makeFolders(dirname(join(folder, file)));
        writeFileSync(join(folder, file), text);
      }
    } catch (error) {
      throw new TracecoreError("file-not-written", `cannot write to ${folder}: ${fileFailure(error)}`);
    }
    const shown = relative(console.cwd, folder) || ".";
    const next = inWorkspace
      ? [`npx pnpm install`, `npx pnpm --filter ${plugin.packageName} test`]
      : [`cd ${shown}`, "npm install", "npm test", "npm pack"];
    console.err(`wrote the ${kind} "${type}" to ${shown}. Next:\n${next.map((line) => `  ${line}\n`).join("")}`);
    return Promise.resolve(exitCodes.ok);
  },
};

function isEmptyFolder(path: string): boolean {
  return statSync(path).isDirectory() && readdirSync(path).length === 0;
}
