import type { SourcePosition } from "../../errors.ts";
import type { Findings } from "./findings.ts";
import { offsetInScalar } from "./offset-in-scalar.ts";
import { formatPath, type ConfigPath } from "./problem.ts";
import type { SecretVariables } from "./secret-variables.ts";
import type { Source } from "./source.ts";
import { hasBroken, keyAt, nodeAt, plain, type MapNode, type TreeNode } from "./tree.ts";

/** Where a value comes from. */
export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly position: SourcePosition }
  | { readonly kind: "env"; readonly name: string; readonly position: SourcePosition }
  | { readonly kind: "set"; readonly text: string };

/** A config whose files are joined and whose variables are put in, but which no schema has seen. */
export interface ConfigDocument {
  /** In the native form, whichever form the files have. */
  readonly value: Record<string, unknown>;
  /** Where the key or the value at `path` stands; undefined when nothing is there. */
  position(path: ConfigPath, want: "key" | "value"): SourcePosition | undefined;
  origin(path: ConfigPath): Origin;
  /** The line of a position, with secrets redacted once {@link checkConfig} knows them; undefined behind a secret. */
  sourceLine(position: SourcePosition): string | undefined;
}

/** The document with what the checks need of it. */
export class TreeDocument implements ConfigDocument {
  readonly root: MapNode;
  /** Whether loading found errors: the checks go on, but give no config. */
  readonly failed: boolean;
  /** What the problems of this config must not show. */
  readonly secrets: SecretVariables;
  readonly #sources: readonly Source[];
  #value: Record<string, unknown> | undefined;

  constructor(root: MapNode, sources: readonly Source[], failed: boolean, secrets: SecretVariables) {
    this.root = root;
    this.#sources = sources;
    this.failed = failed;
    this.secrets = secrets;
  }

  /** Makes the files' order that of the problems. */
  announce(findings: Findings): void {
    for (const source of this.#sources) findings.announce(source);
  }

  get value(): Record<string, unknown> {
    return (this.#value ??= plain(this.root) as Record<string, unknown>);
  }

  node(path: ConfigPath): TreeNode | undefined {
    return nodeAt(this.root, path);
  }

  position(path: ConfigPath, want: "key" | "value"): SourcePosition | undefined {
    const place = this.#place(path, want);
    return place?.source.position(place.start);
  }

  /** The place at `path`, or that of the nearest key above it. */
  nearest(path: ConfigPath, want: "key" | "value"): { readonly source: Source; readonly start: number } {
    const place = this.#place(path, want);
    if (place !== undefined) return place;
    return path.length === 0 ? this.root : this.nearest(path.slice(0, -1), "key");
  }

  /** The place of one character of the text at `path`. */
  within(path: ConfigPath, offset: number): { readonly source: Source; readonly start: number } {
    const node = nodeAt(this.root, path);
    if (node?.kind !== "scalar" || typeof node.value !== "string" || node.env !== undefined) {
      return this.nearest(path, "value");
    }
    const raw = node.source.text.slice(node.start, node.end);
    return { source: node.source, start: node.start + offsetInScalar(raw, node.value, offset) };
  }

  origin(path: ConfigPath): Origin {
    const node = nodeAt(this.root, path) ?? this.#madeOf(path);
    if (node === undefined) return { kind: "default" };
    const position = node.source.position(node.start);
    if (node.env !== undefined) return { kind: "env", name: node.env, position };
    return node.source.kind === "set" ? { kind: "set", text: node.source.shown } : { kind: "file", position };
  }

  /** What a value was made of that the file has in another form, such as headers in a list. */
  #madeOf(path: ConfigPath): TreeNode | undefined {
    for (let length = path.length - 1; length > 0; length--) {
      const node = nodeAt(this.root, path.slice(0, length));
      if (node === undefined) continue;
      return node.kind === "map" || (node.kind === "scalar" && node.value === null) ? undefined : node;
    }
    return undefined;
  }

  sourceLine(position: SourcePosition): string | undefined {
    const found = this.#sources.find((source) => source.file === position.file);
    return found?.secretBefore(position) === true ? undefined : found?.line(position.line);
  }

  /** The path as the user wrote it: under `service` where the file has the collector's form. */
  shownPath(path: ConfigPath): string {
    const [section] = path;
    if (typeof section !== "string") return formatPath(path);
    const { source } = this.nearest(path, "key");
    return formatPath(source.underService.has(section) ? ["service", ...path] : path);
  }

  /** Whether the value at `path`, or a part of it, was reported when the files were read. */
  broken(path: ConfigPath): boolean {
    for (let length = 1; length <= path.length; length++) {
      const node = nodeAt(this.root, path.slice(0, length));
      if (node === undefined) return false;
      if (node.broken === true) return true;
    }
    const node = nodeAt(this.root, path);
    return node !== undefined && hasBroken(node);
  }

  /** Keeps the value at `path` out of every message from now on. */
  redact(path: ConfigPath): void {
    const node = nodeAt(this.root, path);
    if (node !== undefined && node.end > node.start) node.source.redact(node.start, node.end);
  }

  #place(path: ConfigPath, want: "key" | "value"): { readonly source: Source; readonly start: number } | undefined {
    return want === "key" ? keyAt(this.root, path) : nodeAt(this.root, path);
  }
}
