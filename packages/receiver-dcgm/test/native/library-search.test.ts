import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EngineError } from "../../src/engine/engine-error.ts";
import { findLibrary, libraryFiles, type LibraryWish } from "../../src/native/library-search.ts";
import { loadKoffi, loadLibrary } from "../../src/native/library.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tracecore-dcgm-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refusal = (wish: LibraryWish, load: (file: string) => unknown): EngineError => {
  try {
    findLibrary(wish, load);
  } catch (error) {
    return error as EngineError;
  }
  throw new Error("a library was found");
};

describe("the search for libdcgm", () => {
  it("tries the newer library in each folder before the older one in any, LD_LIBRARY_PATH first", () => {
    expect(libraryFiles({ searchPath: "/opt/a:relative:/opt/b", folders: ["/usr/lib", "/opt/a"] })).toEqual([
      "/opt/a/libdcgm.so.4",
      "/opt/b/libdcgm.so.4",
      "/usr/lib/libdcgm.so.4",
      "/opt/a/libdcgm.so.3",
      "/opt/b/libdcgm.so.3",
      "/usr/lib/libdcgm.so.3",
    ]);
  });

  it("tries nothing but what the option names: a file, or a folder with either library", () => {
    expect(libraryFiles({ path: `${folder}/mine.so`, searchPath: "/opt/a" })).toEqual([`${folder}/mine.so`]);
    expect(libraryFiles({ path: folder })).toEqual([`${folder}/libdcgm.so.4`, `${folder}/libdcgm.so.3`]);
  });

  it("names the folders that hold none", () => {
    const error = refusal({ folders: [folder, "/nowhere"] }, () => undefined);
    expect(error.code).toBe("dcgm-library-not-found");
    expect(error.message).toBe(
      `libdcgm was not found: neither libdcgm.so.4 nor libdcgm.so.3 is in ${folder}, /nowhere`,
    );
    expect(error.remedy).toBe(
      "Install DCGM (package datacenter-gpu-manager-4-core), or name the file or its folder in the option library",
    );
    expect(error.candidates).toHaveLength(4);
  });

  it("gives the reason for a file that is there and does not load", async () => {
    const koffi = await loadKoffi();
    writeFileSync(join(folder, "libdcgm.so.4"), "not a library");
    const error = refusal({ folders: [folder] }, (file) => loadLibrary(koffi, file));
    expect(error.message).toMatch(/^libdcgm was not found: \S+libdcgm\.so\.4: .*(invalid ELF header|file too short)/);
  });

  it("takes a library without our calls for none, and says which one it lacks", async () => {
    const koffi = await loadKoffi();
    const libc = "/lib/x86_64-linux-gnu/libc.so.6";
    const error = refusal({ path: process.arch === "arm64" ? libc.replace("x86_64", "aarch64") : libc }, (file) =>
      loadLibrary(koffi, file),
    );
    expect(error.message).toMatch(/lacks dcgmInit, so it is not a libdcgm we can use/);
  });

  it.skipIf(process.getuid?.() === 0)("says that a file may not be read", () => {
    const file = join(folder, "libdcgm.so.4");
    writeFileSync(file, "");
    chmodSync(file, 0);
    expect(refusal({ path: file }, () => undefined).candidates).toEqual([
      { file, problem: "not readable for this user" },
    ]);
  });
});
