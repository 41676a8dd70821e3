import { readFileSync } from "node:fs";
import { join } from "node:path";

const folder = "packages/receiver-dcgm";

interface Abi {
  readonly structs: Readonly<
    Record<string, { readonly size: number; readonly offsets: Readonly<Record<string, number>> }>
  >;
  readonly versionWords: Readonly<Record<string, { readonly word: string }>>;
}

/** Offsets for the receiver and assertions for the test double, both from the one table of struct layouts. */
export function dcgmLayouts(root: string): Map<string, string> {
  const { structs, versionWords } = JSON.parse(readFileSync(join(root, folder, "data/abi.json"), "utf8")) as Abi;
  const layouts = Object.entries(structs).map(
    ([name, { size, offsets }]) => `${name}: ${JSON.stringify(Object.assign({ size }, offsets))},`,
  );
  const words = Object.entries(versionWords).map(([name, { word }]) => `${name}: ${word},`);
  const asserts: string[] = [];
  for (const [name, { size, offsets }] of Object.entries(structs)) {
    asserts.push(`_Static_assert(sizeof(${name}) == ${size}, "${name}");`);
    for (const [member, offset] of Object.entries(offsets)) {
      asserts.push(`_Static_assert(offsetof(${name}, ${member}) == ${offset}, "${name}.${member}");`);
    }
  }
  const defines = Object.entries(versionWords).map(([name, { word }]) => `#define ${name} ${word}u`);
  return new Map([
    [
      `${folder}/src/native/layouts.ts`,
      [
        "// Written by `pnpm generate` from data/abi.json; do not edit.",
        "/** Sizes of libdcgm's structs and offsets of their members, in bytes; the same on x86_64 and aarch64. */",
        `export const layouts = {${layouts.join("\n")}} as const;`,
        "/** What the member `version` of a struct must hold: its size with its version in the upper byte. */",
        `export const versionWords = {${words.join("\n")}} as const;`,
        "",
      ].join("\n"),
    ],
    [
      `${folder}/double/abi-checks.h`,
      ["/* Written by `pnpm generate` from data/abi.json; do not edit. */", ...defines, "", ...asserts, ""].join("\n"),
    ],
  ]);
}
