import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";

const folder = import.meta.dirname;
const cache = join(folder, "../node_modules/.cache/dcgm-double");

/** A release of libdcgm that the double can be. */
export interface DoubleVersion {
  readonly version: string;
  readonly dialect: 2 | 3 | 4;
}

export const newest: DoubleVersion = { version: "4.6.0", dialect: 4 };

/** Why the double cannot be compiled here; undefined where it can. In CI a missing compiler is a failure, not a reason. */
export function missingCompiler(): string | undefined {
  try {
    execFileSync("cc", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    if (process.env["CI"] === "true") throw new Error("cc is missing: the test double of libdcgm cannot be compiled");
    return "skipped: cc is missing, so the test double of libdcgm cannot be compiled";
  }
}

/** The folder that holds the double as `libdcgm.so.4` or `.so.3`; compiled once per state of its sources. */
export function compiledDouble({ version, dialect }: DoubleVersion = newest): string {
  const major = version.split(".")[0]!;
  const sources = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  const hash = createHash("sha256").update(version);
  for (const name of sources) hash.update(readFileSync(join(folder, name)));
  const target = join(cache, hash.digest("hex").slice(0, 16));
  const file = join(target, `libdcgm.so.${major}`);
  if (existsSync(file)) return target;
  mkdirSync(target, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  const defines = [`-DLIBRARY_VERSION="${version}"`, `-DLIBRARY_MAJOR=${major}`, `-DLIBRARY_DIALECT=${dialect}`];
  const flags = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-Wno-format-truncation", "-fvisibility=hidden"];
  const files = sources.filter((name) => name.endsWith(".c")).map((name) => join(folder, name));
  execFileSync("cc", [...flags, ...defines, "-shared", "-fPIC", "-pthread", "-o", unfinished, ...files], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  // Tests run in several processes: whoever is first has a whole file.
  renameSync(unfinished, file);
  return target;
}
