import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { callTypes, optionalCallTypes } from "../../src/native/calls.ts";
import { layouts, versionWords } from "../../src/native/layouts.ts";
import { rowLayout } from "../../src/engine/sample-table.ts";

interface Abi {
  readonly functions: Readonly<Record<string, { readonly arguments: readonly string[]; readonly absentIn?: string[] }>>;
  readonly structs: Readonly<Record<string, { readonly size: number; readonly offsets: object }>>;
}
const abi = JSON.parse(readFileSync(new URL("../../data/abi.json", import.meta.url), "utf8")) as Abi;

/** How a parameter of the headers is written for koffi. */
function koffiType(type: string): string {
  if (["dcgmHandle_t", "dcgmGpuGrp_t", "dcgmFieldGrp_t"].includes(type)) return "uint64";
  if (type.endsWith("_f")) return "callback";
  if (type === "char *") return "str";
  if (type.endsWith("*") || type.endsWith("]")) return "void *";
  if (type === "unsigned int" || type === "dcgm_field_eid_t" || type === "dcgmHealthSystems_t") return "uint32";
  if (type === "long long") return "int64";
  return type === "double" ? "double" : "int";
}

it.each(Object.entries({ ...callTypes, ...optionalCallTypes }))(
  "%s has the parameters of the headers",
  (name, types) => {
    expect(types).toEqual(abi.functions[name]?.arguments.map(koffiType));
  },
);

it("makes without fail only calls that every release has", () => {
  const absent = Object.keys(callTypes).filter((name) => abi.functions[name]?.absentIn !== undefined);
  expect(absent).toEqual([]);
});

it("has each size in its version word", () => {
  for (const [name, word] of Object.entries(versionWords)) {
    const struct = name.replace(/_version(\d)$/, "_v$1") as keyof typeof layouts;
    expect([name, word & 0xff_ffff]).toEqual([name, layouts[struct].size]);
    expect(word >>> 24).toBe(Number(name.at(-1)));
  }
});

it("reads rows of samples where libdcgm writes them", () => {
  const { entityGroupId, entityId, fieldId, fieldType, status, ts, value } = layouts.dcgmFieldValue_v2;
  expect(rowLayout).toEqual({ entityGroup: entityGroupId, entityId, fieldId, fieldType, status, timestamp: ts, value });
});
