import { EngineError } from "../engine/engine-error.ts";

/**
 * Which generation of the question for latest values a release asks and understands. An engine answers its own and older ones.
 */
function dialect(version: string): number {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < 4) return 2;
  return major === 4 && minor < 6 ? 3 : 4;
}

/** The error where a library asks an engine what that does not understand; undefined where the two get along. */
export function versionSkew(library: string, engine: string, libraryFile: string): EngineError | undefined {
  // A build that does not tell its version is given the chance to answer.
  if (!/^\d/.test(engine) || !/^\d/.test(library)) return undefined;
  if (dialect(library) <= dialect(engine)) return undefined;
  const text = `libdcgm ${library} (${libraryFile}) is too new for the engine, which is ${engine}: it would refuse every read`;
  return new EngineError("dcgm-version-skew", text, {
    remedy: `Update the engine (nv-hostengine) to ${library}, or name a libdcgm of ${engine} or older in the option library`,
  });
}
