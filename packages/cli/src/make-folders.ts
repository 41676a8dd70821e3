import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes `folder` and those above it. Unlike `mkdirSync` with `recursive`, which tries for ever where the kernel says ENOENT
 * for a folder that it will not make, as in /proc.
 */
export function makeFolders(folder: string): void {
  if (existsSync(folder)) return;
  const above = dirname(folder);
  if (above !== folder) makeFolders(above);
  mkdirSync(folder);
}
