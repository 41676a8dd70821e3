import { TracecoreError } from "@tracecore/core";

/** What went wrong with a library or an engine, as far as the receiver acts on it. */
export type EngineErrorCode =
  /** No libdcgm could be loaded; `candidates` says what was tried. */
  | "dcgm-library-not-found"
  /** The library lacks a call, or refuses each version of a struct that we know. */
  | "dcgm-library-unusable"
  /** The library is newer than the engine across a step that the engine does not understand. */
  | "dcgm-version-skew"
  /** Nothing answers at the address, or what answers is no engine. */
  | "dcgm-connect-failed"
  /** The engine was there and is gone; make a new session. */
  | "dcgm-connection-lost"
  /** A call did not come back within its time; the session is given up. */
  | "dcgm-timeout"
  /** The process that held the engine has ended. */
  | "dcgm-child-ended"
  /** The engine answered with a status that is no success; the session still works. */
  | "dcgm-call-failed";

/** A place where the library was looked for and why it was not taken. */
export interface LibraryCandidate {
  readonly file: string;
  /** undefined for the one that was loaded. */
  readonly problem: string | undefined;
}

export interface EngineErrorDetails {
  /** The call of libdcgm that failed. */
  readonly call?: string | undefined;
  /** Its status, for example -33, and DCGM's name for it. */
  readonly status?: number | undefined;
  readonly statusName?: string | undefined;
  readonly candidates?: readonly LibraryCandidate[] | undefined;
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** A failure of the library, the connection or the engine. */
export class EngineError extends TracecoreError {
  declare readonly code: EngineErrorCode;
  readonly call: string | undefined;
  readonly status: number | undefined;
  readonly statusName: string | undefined;
  readonly candidates: readonly LibraryCandidate[];

  constructor(code: EngineErrorCode, message: string, details: EngineErrorDetails = {}) {
    super(code, message, {
      ...(details.remedy !== undefined && { remedy: details.remedy }),
      ...(details.cause !== undefined && { cause: details.cause }),
    });
    this.call = details.call;
    this.status = details.status;
    this.statusName = details.statusName;
    this.candidates = details.candidates ?? [];
  }

  /** Whether the session that threw it is over. */
  get endsSession(): boolean {
    return this.code !== "dcgm-call-failed";
  }
}
