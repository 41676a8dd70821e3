import { TracecoreError } from "@tracecore/core";
import { errorPages } from "@tracecore/core/service";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

/** Shows the page of an error code. */
export const explain: Command = {
  name: "explain",
  summary: "Explain an error code: what it means, why it comes, what to do",
  positionals: ["[code]"],
  options: {},
  words: Object.keys(errorPages),
  examples: ["tracecore explain config-unknown-option"],
  run({ console, positionals }) {
    // Messages show codes in brackets; they may be copied with them.
    const code = positionals[0]?.replaceAll(/^\[|\]$/g, "");
    if (code === undefined) {
      console.out(
        `${Object.entries(errorPages)
          .map(([name, { title }]) => `${name.padEnd(34)} ${title}`)
          .join("\n")}\n`,
      );
      return Promise.resolve(exitCodes.ok);
    }
    const page = Object.hasOwn(errorPages, code) ? errorPages[code] : undefined;
    if (page === undefined) {
      throw new TracecoreError("usage", `"${code}" is not an error code of tracecore`, {
        remedy: 'Run "tracecore explain" for all of them',
      });
    }
    console.out(`${code}: ${page.title}\n\n${page.cause}\n\nWhat to do: ${page.remedy}\n`);
    return Promise.resolve(exitCodes.ok);
  },
};
