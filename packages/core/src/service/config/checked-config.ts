import type { ComponentKind, Signal } from "../../component-id.ts";
import type { SourcePosition } from "../../errors.ts";
import type { ComponentFactory } from "../../factory.ts";
import type { ConfigDocument } from "./config-document.ts";
import type { RuntimeConfig } from "./runtime-config.ts";

/** A plugin that was found and loaded. */
export interface ResolvedPlugin {
  readonly factory: ComponentFactory;
  readonly packageName: string;
  readonly version: string;
  /** The file that holds the factory. */
  readonly file: string;
}

/** Finds the plugin of a component type, or says why it cannot. */
export type ResolvePlugin = (
  kind: ComponentKind,
  type: string,
) => Promise<
  ResolvedPlugin | { readonly problem: { readonly code: string; readonly message: string; readonly remedy: string } }
>;

/** What happens to the process when a component cannot start. */
export type Startup = "fail" | "retry" | "degrade";

/** A component that a config defines, with its options checked and defaults filled in. */
export interface CheckedComponent {
  readonly kind: ComponentKind;
  readonly id: string;
  readonly factory: ComponentFactory;
  readonly plugin: ResolvedPlugin;
  /** What the plugin's schema made of the options. */
  readonly config: unknown;
  /** Equal for equal options and equal plugin; different otherwise. A digest, from which no secret can be read. */
  readonly fingerprint: string;
  readonly position?: SourcePosition;
  readonly startup: Startup;
}

/** A pipeline whose references all exist; connectors stand among receivers and exporters by ID. */
export interface CheckedPipeline {
  /** `signal` or `signal/name`. */
  readonly id: string;
  readonly signal: Signal;
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
  readonly position?: SourcePosition;
}

/** A config that can be run. */
export interface CheckedConfig {
  /** Those that pipelines and the list of extensions use. */
  readonly components: readonly CheckedComponent[];
  /** Those that are defined and used by nothing. They are checked, and not started. */
  readonly unused: readonly CheckedComponent[];
  readonly pipelines: readonly CheckedPipeline[];
  /** In the order in which they start. */
  readonly extensions: readonly string[];
  readonly telemetry: unknown;
  readonly runtime: RuntimeConfig;
  readonly document: ConfigDocument;
}
