import { SecretVariables } from "./secret-variables.ts";
import { quoteValue } from "../../config/quote-value.ts";
import { buildTree, type LoadContext } from "./build-tree.ts";
import { normaliseService } from "./collector-form.ts";
import { TreeDocument, type ConfigDocument } from "./config-document.ts";
import { decodeSource } from "./decode-source.ts";
import { Findings } from "./findings.ts";
import { defaultLimits, type LoadLimits } from "./limits.ts";
import type { Problem } from "./problem.ts";
import { applySet, parseSet } from "./set-option.ts";
import { Source } from "./source.ts";
import { mergeTrees, plain, withEntries, type MapNode } from "./tree.ts";

/** A config file that was read. */
export interface ConfigSource {
  /** The name as the user wrote it. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Where a config comes from. */
export interface LoadRequest {
  /** Later files win: maps join, lists and values replace. */
  readonly sources: readonly ConfigSource[];
  /** The values of `--set`, each `path=value`; they win over files. */
  readonly set?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limits?: Partial<LoadLimits>;
}

/**
 * Reads and joins the files of a config. Never throws for what a user wrote. The document is there also after some
 * errors, so that the checks can add theirs to the same list; {@link checkConfig} gives no config then.
 */
export function loadDocument(request: LoadRequest): { document?: ConfigDocument; problems: readonly Problem[] } {
  const { document, findings } = loadTree(request);
  return { problems: findings.list(), ...(document !== undefined && { document }) };
}

/** {@link loadDocument} with what the checks go on with. */
export function loadTree({ sources, set = [], env, limits: given }: LoadRequest): {
  document?: TreeDocument;
  findings: Findings;
} {
  const limits: LoadLimits = { ...defaultLimits, ...given };
  const secrets = new SecretVariables();
  const findings = new Findings(limits.maxProblems, secrets);
  const context: LoadContext = {
    limits,
    findings,
    tokens: { left: limits.maxTokens },
    expansion: {
      env,
      maxDepth: limits.maxExpansionDepth,
      budget: { expansions: limits.maxExpansions, characters: limits.maxBytes },
      secrets,
    },
    aliases: { left: limits.maxAliasExpansion },
  };
  const bytes = sources.reduce((sum, source) => sum + source.bytes.length, 0);
  if (bytes > limits.maxBytes) {
    const message = `the config has ${bytes} bytes, more than ${limits.maxBytes}`;
    const file = new Source(sources.find((source) => source.bytes.length > 0)?.file ?? "config", "");
    findings.announce(file);
    findings.add(
      { code: "config-too-large", path: "config", message, remedy: "Make it shorter." },
      { source: file, start: 0 },
    );
    return { findings };
  }
  const read: Source[] = [];
  const roots: MapNode[] = [];
  let unread = false;
  const empty: Source[] = [];
  for (const { file, bytes: content } of sources) {
    const source = decodeSource(file, content, findings);
    const root = source && buildTree(context, source);
    if (source !== undefined) read.push(source);
    if (source === undefined || root === undefined) unread = true;
    else if (root.kind === "map") roots.push(normaliseService(root, findings));
    else if (root.kind === "scalar" && root.value === null && root.broken !== true) empty.push(source);
    else {
      unread = true;
      if (root.broken === true) continue;
      const spaced = typeof plain(root) === "string" && /^[\w/-]+:\S/.test(String(plain(root)));
      const remedy = spaced ? "Put a space after the colon." : 'Begin with "receivers:".';
      const message = `expected a map of options, got ${quoteValue(plain(root))}`;
      findings.add({ code: "config-not-a-map", path: "config", message, remedy }, root);
    }
  }
  reportEmpty(empty, roots.length > 0 || unread, findings);
  const [first, ...rest] = roots;
  if (first === undefined) return { findings };
  let joined = rest.reduce<MapNode>((base, over) => mergeTrees(base, over) as MapNode, first);
  for (const text of set) {
    const option = parseSet(text, context);
    if (option === undefined) continue;
    read.push(option.source);
    joined = applyAnySet(joined, option, context);
  }
  // A file that was not read leaves holes which every check would report.
  if (unread) return { findings };
  return { findings, document: new TreeDocument(closeService(joined, read), read, findings.failed, secrets) };
}

/** A `--set` may name the collector's sections; what it sets then moves as theirs does. */
function applyAnySet(root: MapNode, option: NonNullable<ReturnType<typeof parseSet>>, context: LoadContext): MapNode {
  const { path, offsets, source, node } = option;
  if (path[0] !== "service" || path[1] === "extensions") return applySet(root, option, context);
  if (path[1] === "pipelines" && path.length > 2) {
    source.underService.add("pipelines");
    return applySet(root, { ...option, path: path.slice(1), offsets: offsets.slice(1) }, context);
  }
  const blank: MapNode = { kind: "map", entries: new Map(), size: 1, source, start: 0, end: node.end };
  return mergeTrees(root, normaliseService(applySet(blank, option, context), context.findings)) as MapNode;
}

/** The collector starts only the extensions that `service.extensions` lists: without a list, none. */
function closeService(root: MapNode, sources: readonly Source[]): MapNode {
  const collectorForm = sources.some(({ kind, underService }) => kind === "file" && underService.has("pipelines"));
  if (!collectorForm || root.entries.has("service")) return root;
  const { source, start } = root;
  const place = { source, start, end: start };
  const list = { kind: "list" as const, items: [], size: 1, ...place };
  const node = {
    kind: "map" as const,
    entries: new Map([["extensions", { key: place, node: list }]]),
    size: 2,
    ...place,
  };
  return withEntries(root, new Map([...root.entries, ["service", { key: place, node }]]));
}

function reportEmpty(sources: readonly Source[], others: boolean, findings: Findings): void {
  for (const source of sources) {
    findings.add(
      {
        code: "config-empty",
        path: "config",
        message: source.text.trim() === "" ? "the file is empty" : "the file holds no option",
        remedy: others ? "Leave it out." : 'Begin with "receivers:"; "tracecore init" writes a config to start from.',
        severity: others ? "warning" : "error",
      },
      { source, start: 0 },
    );
  }
  if (sources.length === 0 && !others) {
    findings.add({
      code: "config-empty",
      path: "config",
      message: "there is no config file",
      remedy: "Give one with --config.",
    });
  }
}
