import type { EngineSession, EngineVersions, RefusedEntity, RefusedField, WatchPlan } from "../engine/engine.ts";
import { EngineError, type EngineErrorCode, type EngineErrorDetails } from "../engine/engine-error.ts";
import type { EntityKey } from "../engine/entity.ts";
import type { NativeOptions } from "../native/native-source.ts";

/** What the collector asks of the process with the library; the answer comes under the same number. */
export type Request =
  | { readonly do: "open"; readonly options: NativeOptions }
  /** Answered at once, even while a call into the library hangs. */
  | { readonly do: "ping" }
  | { readonly do: "read"; readonly watch: number }
  | {
      readonly do: "readOnce";
      readonly entities: readonly EntityKey[];
      readonly fieldIds: readonly number[];
      readonly live: boolean;
    }
  | { readonly do: "watch"; readonly plan: WatchPlan }
  | { readonly do: "valuesSince"; readonly watch: number; readonly cursor: number }
  | { readonly do: "unwatch"; readonly watch: number }
  | { readonly do: "profilingGroups"; readonly gpuId: number }
  | { readonly do: PlainRequest };

/** Requests without parameters. */
export type PlainRequest = Extract<
  keyof EngineSession,
  "entities" | "modules" | "health" | "pauseProfiling" | "resumeProfiling" | "updateAllFields" | "release"
>;

/** What `open` answers. */
export interface Opened {
  readonly versions: EngineVersions;
  readonly canUpdate: boolean;
}

/** What `watch` answers; `watch` is its number from then on. */
export interface Watched {
  readonly watch: number;
  readonly unknownFieldIds: readonly number[];
  readonly refused: readonly { readonly key: EntityKey; readonly error: PlainError }[];
  readonly refusedFields: readonly { readonly fieldId: number; readonly error: PlainError }[];
}

/** An answer that is no bytes. */
export type Answer = { readonly ok: unknown } | { readonly error: PlainError };

/** The number of frames that answer nothing: the session was lost. */
export const NOTICE_ID = 0;

/** An `EngineError` as data. */
export interface PlainError {
  readonly code: EngineErrorCode;
  readonly message: string;
  readonly details: Omit<EngineErrorDetails, "cause"> & { readonly cause: string | undefined };
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof EngineError)) {
    const message = error instanceof Error ? error.message : String(error);
    return { code: "dcgm-call-failed", message, details: { cause: undefined } };
  }
  const { code, message, call, status, statusName, candidates, remedy, cause } = error;
  const because = cause instanceof Error ? cause.message : undefined;
  return { code, message, details: { call, status, statusName, candidates, remedy, cause: because } };
}

export function errorFrom({ code, message, details }: PlainError): EngineError {
  const { cause, ...rest } = details;
  return new EngineError(code, message, { ...rest, ...(cause !== undefined && { cause: new Error(cause) }) });
}

/** The refusals of a watch as errors again. */
export function refusals({ refused, refusedFields }: Watched): {
  refused: readonly RefusedEntity[];
  refusedFields: readonly RefusedField[];
} {
  return {
    refused: refused.map(({ key, error }) => ({ group: key.group, id: key.id, error: errorFrom(error) })),
    refusedFields: refusedFields.map(({ fieldId, error }) => ({ fieldId, error: errorFrom(error) })),
  };
}
