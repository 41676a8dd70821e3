import { constants, accessSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { messageOf } from "@tracecore/core";
import { EngineError, type LibraryCandidate } from "../engine/engine-error.ts";

/** File names of libdcgm, the newest first. */
const fileNames = ["libdcgm.so.4", "libdcgm.so.3"];

/** Where distributions and NVIDIA's packages put libraries, by the processor. */
function usualFolders(): string[] {
  const triplet = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return [
    `/usr/lib/${triplet}`,
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib64",
    "/usr/local/lib",
    `/usr/local/dcgm/lib64`,
    `/usr/local/dcgm/lib`,
    `/lib/${triplet}`,
    "/lib64",
  ];
}

/** What to look for. */
export interface LibraryWish {
  /** A file, or a folder that holds one; nothing else is tried then. */
  readonly path?: string | undefined;
  /** The value of LD_LIBRARY_PATH. */
  readonly searchPath?: string | undefined;
  /** In place of the usual folders. */
  readonly folders?: readonly string[] | undefined;
}

/** Each file that may be libdcgm, in the order in which they are tried. */
export function libraryFiles({ path, searchPath = "", folders = usualFolders() }: LibraryWish): string[] {
  if (path !== undefined) {
    const file = resolve(path);
    return isFolder(file) ? fileNames.map((name) => join(file, name)) : [file];
  }
  const all = [...searchPath.split(":").filter(isAbsolute), ...folders];
  return [...new Set(fileNames.flatMap((name) => all.map((folder) => join(folder, name))))];
}

/** The first file that `load` takes; an `EngineError` with the reason of each where none is. */
export function findLibrary<T>(wish: LibraryWish, load: (file: string) => T): T {
  const candidates: LibraryCandidate[] = [];
  for (const file of libraryFiles(wish)) {
    try {
      accessSync(file, constants.R_OK);
      return load(file);
    } catch (error) {
      candidates.push({ file, problem: problemOf(file, error) });
    }
  }
  throw notFound(wish, candidates);
}

function notFound({ path }: LibraryWish, candidates: readonly LibraryCandidate[]): EngineError {
  const tried = candidates.map(({ file, problem }) => `${file}: ${problem}`);
  // Twenty files that are not there say the same; a file that is there and no good is what matters.
  const telling = candidates.filter(({ problem }) => problem !== notThere);
  const shown = telling.length > 0 ? telling.map(({ file, problem }) => `${file}: ${problem}`) : summary(candidates);
  return new EngineError("dcgm-library-not-found", `libdcgm was not found: ${shown.join("; ")}`, {
    candidates,
    remedy:
      path === undefined
        ? "Install DCGM (package datacenter-gpu-manager-4-core), or name the file or its folder in the option library"
        : `The option library names it; without the option the usual folders are searched`,
    cause: tried.length === 0 ? "no folder to search" : undefined,
  });
}

const notThere = "no such file";

function summary(candidates: readonly LibraryCandidate[]): string[] {
  if (candidates.length <= 2) return candidates.map(({ file, problem }) => `${file}: ${problem}`);
  const folders = [...new Set(candidates.map(({ file }) => file.slice(0, file.lastIndexOf("/"))))];
  return [`neither ${fileNames.join(" nor ")} is in ${folders.join(", ")}`];
}

function problemOf(file: string, error: unknown): string {
  const { code } = error as { code?: string };
  if (code === "ENOENT" || code === "ENOTDIR") return notThere;
  if (code === "EACCES") return "not readable for this user";
  return messageOf(error).replaceAll(`${file}: `, "");
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
