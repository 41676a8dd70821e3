import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createHash } from "node:crypto";

/** The asset of the executable that holds koffi's native part. */
const ASSET = "koffi.node";

/**
 * In an executable: writes koffi's native part to a file, where the loader of the system can take it from, and tells koffi.
 * Gives back what tidies up once koffi has loaded. Outside of an executable koffi finds it in its package.
 */
export function unpackKoffi(): () => void {
  const { getRawAsset } = process.getBuiltinModule("node:sea");
  if (!isPacked()) return () => {};
  const bytes = new Uint8Array(getRawAsset(ASSET));
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  try {
    useFrom(join(cache, "tracecore", hash), bytes);
    return () => {};
  } catch {
    // A container may have no home; a folder of our own below /tmp is nobody else's to prepare.
    const folder = mkdtempSync(join(tmpdir(), "tracecore-"));
    const tidyUp = (): void => rmSync(folder, { recursive: true, force: true });
    try {
      useFrom(folder, bytes);
    } catch (error) {
      tidyUp();
      throw error;
    }
    return tidyUp;
  }
}

/** What to do where koffi does not load. */
export function koffiRemedy(): string {
  return isPacked()
    ? "It is unpacked before it is loaded: set TMPDIR or XDG_CACHE_HOME to a folder that can be written and is not mounted noexec"
    : "Install the packages again on this machine: koffi has a part for each processor and C library";
}

function isPacked(): boolean {
  const { isSea, getAssetKeys } = process.getBuiltinModule("node:sea");
  return isSea() && getAssetKeys().includes(ASSET);
}

function useFrom(resources: string, bytes: Uint8Array): void {
  const folder = join(resources, "koffi", `${process.platform}_${process.arch}`);
  const file = join(folder, "koffi.node");
  if (!holds(file, bytes)) {
    makeFolders(folder);
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, bytes, { mode: 0o500 });
    renameSync(unfinished, file);
  }
  (process as { resourcesPath?: string }).resourcesPath = resources;
}

/** One by one: `recursive` tries for ever where the kernel says ENOENT for a folder that it will not make, as in /proc. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  makeFolders(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

function holds(file: string, bytes: Uint8Array): boolean {
  try {
    return readFileSync(file).equals(bytes);
  } catch {
    return false;
  }
}
