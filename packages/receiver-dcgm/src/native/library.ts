import { messageOf } from "@tracecore/core";
import { EngineError } from "../engine/engine-error.ts";
import { callTypes, optionalCallTypes, type CallArgument, type CallName, type OptionalCallName } from "./calls.ts";
import { layouts, versionWords } from "./layouts.ts";
import { koffiRemedy, unpackKoffi } from "./unpack-koffi.ts";

/**
 * Bytes of stack for a call on a worker thread. koffi brings a stack of its own, 128 KiB unless told otherwise; libdcgm is
 * written for the 8 MiB of an ordinary thread. Memory is taken as it is touched.
 */
const STACK_BYTES = 8 * 2 ** 20;

/** One loaded libdcgm. Loading runs its initialisers and nothing more; `dcgmInit` is a call like the others. */
export interface NativeLibrary {
  readonly file: string;
  readonly version: string;
  /** 4 or 3: which structs it takes. */
  readonly major: number;
  has(name: OptionalCallName): boolean;
  /** Makes a call on a worker thread; resolves with its status. Buffers are kept, and must stay as they are, until then. */
  call(name: CallName | OptionalCallName, args: readonly CallArgument[]): Promise<number>;
  /** A function pointer for `dcgmGetValuesSince_v2`. Runs on this thread. */
  registerEnumeration(each: (group: number, id: number, value: RawValue) => void): bigint;
  unregister(pointer: bigint): void;
  /** Ends the process at once, as no thread that is stuck in the library can hinder. */
  exitNow(code: number): void;
}

/** A `dcgmFieldValue_v1` that the library shows for the length of a callback. */
export interface RawValue {
  readonly status: number;
  readonly fieldId: number;
  readonly fieldType: number;
  readonly timestampUs: number;
  /** The first `length` bytes of the value, copied. */
  bytes(length: number): Uint8Array;
}

/** What koffi exports. */
export type Koffi = typeof import("koffi");

let koffi: Promise<Koffi> | undefined;

/** Loads koffi itself, at the first receiver that needs it. */
export function loadKoffi(): Promise<Koffi> {
  koffi ??= loadOnce();
  // What hinders it, such as a full disk, may pass.
  koffi.catch(() => (koffi = undefined));
  return koffi;
}

async function loadOnce(): Promise<Koffi> {
  let loaded: Koffi;
  let tidyUp: (() => void) | undefined;
  try {
    tidyUp = unpackKoffi();
    loaded = await import("koffi");
  } catch (error) {
    throw new EngineError(
      "dcgm-library-unusable",
      `what calls libdcgm does not load on this machine: ${messageOf(error)}`,
      { remedy: koffiRemedy() },
    );
  } finally {
    // Also where it does not load: it is tried again and again, and each time would leave 2 MiB.
    tidyUp?.();
  }
  try {
    loaded.config({ async_stack_size: STACK_BYTES, async_heap_size: 2 ** 20 });
  } catch {
    // Somebody else in this process has loaded a library with koffi before; the sizes are theirs then.
  }
  return loaded;
}

/** Loads a file as libdcgm and looks its calls up. Throws where it is none. */
export function loadLibrary(native: Koffi, file: string): NativeLibrary {
  const { load, proto, pointer, decode } = native;
  const library = load(file);
  const enumeration = pointer(proto("int", ["int", "uint32", "void *", "int", "void *"]));
  const functions = new Map<string, ReturnType<typeof library.func>>();
  // koffi hands the library bare addresses. Whoever waits may give a late call up, and its buffers must outlive that.
  const lent = new Set<readonly CallArgument[]>();
  for (const [name, types] of [...Object.entries(callTypes), ...Object.entries(optionalCallTypes)]) {
    try {
      functions.set(
        name,
        library.func(
          name,
          "int",
          types.map((type) => (type === "callback" ? enumeration : type)),
        ),
      );
    } catch (error) {
      if (!(name in optionalCallTypes)) {
        throw new EngineError("dcgm-library-unusable", `${file} lacks ${name}, so it is not a libdcgm we can use`, {
          cause: error,
        });
      }
    }
  }
  // The one call that is not made on another thread: it reads a text inside the library and talks to nobody.
  const version = versionOf((buffer) => functions.get("dcgmVersionInfo")!(buffer), file);
  return {
    file,
    version,
    major: Number(version.split(".")[0]),
    has: (name) => functions.has(name),
    call(name, args) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const found = functions.get(name);
      if (found === undefined) throw new RangeError(`BUG: ${name} is not in ${file}`);
      lent.add(args);
      found.async(...args, (error: unknown, status: number) => {
        lent.delete(args);
        if (error === null || error === undefined) resolve(status);
        else reject(toError(error));
      });
      return promise;
    },
    registerEnumeration: (each) =>
      native.register((group: number, id: number, value: unknown): number => {
        each(group, id, rawValue(decode, value));
        return 0;
      }, enumeration),
    unregister: native.unregister,
    exitNow(code) {
      (load(null).func("_exit", "void", ["int"]) as (code: number) => void)(code);
    },
  };
}

function rawValue(decode: Koffi["decode"], value: unknown): RawValue {
  const at = layouts.dcgmFieldValue_v1;
  return {
    get status() {
      return decode(value, at.status, "int32") as number;
    },
    get fieldId() {
      return decode(value, at.fieldId, "uint16") as number;
    },
    get fieldType() {
      return decode(value, at.fieldType, "uint16") as number;
    },
    get timestampUs() {
      return Number(decode(value, at.ts, "int64"));
    },
    bytes: (length) => Uint8Array.from(decode(value, at.value, "uint8", length) as Uint8Array),
  };
}

function versionOf(call: (buffer: Uint8Array) => number, file: string): string {
  const buffer = versionBuffer();
  const status = call(buffer);
  if (status !== 0) {
    throw new EngineError("dcgm-library-unusable", `${file} does not tell its version`, {
      call: "dcgmVersionInfo",
      status,
    });
  }
  return versionIn(buffer);
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** A buffer for `dcgmVersionInfo` and `dcgmHostengineVersionInfo`. */
export function versionBuffer(): Uint8Array {
  const buffer = new Uint8Array(layouts.dcgmVersionInfo_v2.size);
  new DataView(buffer.buffer).setUint32(0, versionWords.dcgmVersionInfo_version2, true);
  return buffer;
}

/** The version in `version:4.6.0;arch:x86_64;…`; `0.0.0` where there is none. */
export function versionIn(buffer: Uint8Array): string {
  const start = layouts.dcgmVersionInfo_v2.rawBuildInfoString;
  const text = Buffer.from(buffer.subarray(start, buffer.indexOf(0, start))).toString("latin1");
  return /(?:^|;)version:(\d+(?:\.\d+)*)/.exec(text)?.[1] ?? "0.0.0";
}
