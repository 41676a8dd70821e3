import { libraryFiles } from "./native/library-search.ts";

/** Which libdcgm would be used, for `tracecore components`: loading it is left to those who use it. */
export function libraryVariant(): string {
  const { existsSync } = process.getBuiltinModule("node:fs");
  const file = libraryFiles({ searchPath: process.env["LD_LIBRARY_PATH"] }).find((one) => existsSync(one));
  return file === undefined ? "no-lib" : `ffi:${file}`;
}
