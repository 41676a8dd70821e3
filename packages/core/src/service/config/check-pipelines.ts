import { signals, type ComponentKind, type Signal } from "../../component-id.ts";
import { quoteValue } from "../../config/quote-value.ts";
import { report, type Check } from "./check-block.ts";
import { article, entriesOf, sections, type DefinedComponents } from "./check-components.ts";
import { checkConnectors } from "./check-connectors.ts";
import type { CheckedPipeline } from "./checked-config.ts";
import { didYouMean, listNames } from "./did-you-mean.ts";
import { plain, type TreeNode } from "./tree.ts";

const ROLES = ["receivers", "processors", "exporters"] as const;
type Role = (typeof ROLES)[number];
const kindOf = { receivers: "receiver", processors: "processor", exporters: "exporter" } as const;

/** Checks the pipelines and what they refer to. `used` holds `kind id` of everything that stands in one. */
export function checkPipelines(
  state: Check,
  components: DefinedComponents,
): { pipelines: readonly CheckedPipeline[]; used: Set<string> } {
  const used = new Set<string>();
  const pipelines: CheckedPipeline[] = [];
  const { document } = state;
  const defined = document.node(["pipelines"]);
  for (const [id, node] of entriesOf(state, ["pipelines"], "a map of pipelines")) {
    const signal = signalOf(state, id);
    const lists = checkLists(state, id, node, signal, components, used);
    if (signal === undefined || lists === undefined) continue;
    const position = document.position(["pipelines", id], "key");
    pipelines.push({ id, signal, ...lists, ...(position !== undefined && { position }) });
  }
  if (
    defined === undefined ||
    (defined.broken !== true && (plain(defined) === null || (defined.kind === "map" && defined.entries.size === 0)))
  ) {
    report(state, ["pipelines"], "key", {
      code: "pipeline-none",
      message: "no pipeline is defined",
      remedy: 'Add one, such as "pipelines: { metrics: { receivers: [clock], exporters: [stdout] } }".',
    });
  }
  checkConnectors(state, pipelines, components);
  return { pipelines, used };
}

function signalOf(state: Check, id: string): Signal | undefined {
  const slash = id.indexOf("/");
  const written = slash === -1 ? id : id.slice(0, slash);
  const name = slash === -1 ? undefined : id.slice(slash + 1);
  const signal = signals.find((known) => known === written);
  if (signal === undefined) {
    report(state, ["pipelines", id], "key", {
      code: "pipeline-id-invalid",
      message: `${JSON.stringify(written)} is not a signal: a pipeline is called ${signals.join(", ")} or, for example, metrics/host`,
      remedy: didYouMean(written, signals, ""),
    });
  } else if (name !== undefined && !/^[^\s\p{Cc}]{1,1024}$/u.test(name)) {
    report(state, ["pipelines", id], "key", {
      code: "pipeline-id-invalid",
      message: "the name after the slash must not be empty or hold white space",
      remedy: 'Write, for example, "metrics/host".',
    });
    return undefined;
  }
  return signal;
}

function checkLists(
  state: Check,
  id: string,
  node: TreeNode,
  signal: Signal | undefined,
  components: DefinedComponents,
  used: Set<string>,
): Record<Role, readonly string[]> | undefined {
  const path = ["pipelines", id];
  if (node.broken === true) return undefined;
  let complete = true;
  for (const [option] of entriesOf(state, path, "a map with receivers and exporters")) {
    if ((ROLES as readonly string[]).includes(option)) continue;
    const remedy = didYouMean(option, ROLES, `Known options: ${ROLES.join(", ")}.`);
    report(state, [...path, option], "key", { code: "config-unknown-option", message: "unknown option", remedy });
    complete = false;
  }
  if (node.kind !== "map" && plain(node) !== null) return undefined;
  const lists: Record<Role, string[]> = { receivers: [], processors: [], exporters: [] };
  for (const role of ROLES) {
    const list = checkList(state, [...path, role], role, signal, components, used);
    if (list === undefined) complete = false;
    else lists[role] = list;
    if (role === "processors" || list === undefined || list.length > 0) continue;
    complete = false;
    const given = state.document.node([...path, role]) !== undefined;
    report(state, given ? [...path, role] : path, "key", {
      code: role === "receivers" ? "pipeline-without-receivers" : "pipeline-without-exporters",
      message: `the pipeline has no ${role}`,
      remedy: `Add "${role}: [name]"; connectors count.`,
    });
  }
  return complete ? lists : undefined;
}

function checkList(
  state: Check,
  path: readonly string[],
  role: Role,
  signal: Signal | undefined,
  components: DefinedComponents,
  used: Set<string>,
): string[] | undefined {
  const node = state.document.node(path);
  if (node === undefined) return [];
  if (node.broken === true) return undefined;
  if (node.kind !== "list") {
    const value = plain(node);
    if (value === null) return [];
    const remedy = typeof value === "string" ? "Put it in brackets." : "";
    if (typeof value === "string") used.add(`${kindOf[role]} ${value}`);
    const message = `expected a list of ${role}, got ${quoteValue(value)}`;
    report(state, path, "value", { code: "config-invalid-value", message, remedy });
    return undefined;
  }
  const ids = new Set<string>();
  let complete = true;
  for (const [index, item] of node.items.entries()) {
    const id = plain(item);
    const at = [...path, index];
    if (item.broken === true) complete = false;
    else if (typeof id !== "string") {
      report(state, at, "value", {
        code: "config-invalid-value",
        message: `expected the ID of a component, got ${quoteValue(id)}`,
      });
      complete = false;
    } else if (ids.has(id)) {
      report(state, at, "value", {
        code: "pipeline-duplicate-component",
        message: `"${id}" stands in the list twice`,
        remedy: role === "processors" ? `To run it twice, define a second one such as "${id}/2".` : "Remove one.",
      });
      complete = false;
    } else {
      ids.add(id);
      if (!checkReference(state, at, role, id, signal, components, used)) complete = false;
    }
  }
  return complete ? [...ids] : undefined;
}

function checkReference(
  state: Check,
  path: readonly (string | number)[],
  role: Role,
  id: string,
  signal: Signal | undefined,
  components: DefinedComponents,
  used: Set<string>,
): boolean {
  const kind = kindOf[role];
  const own = components.get(`${kind} ${id}`);
  const connector = role === "processors" ? undefined : components.get(`connector ${id}`);
  for (const component of [own, connector]) if (component !== undefined) used.add(`${component.kind} ${id}`);
  if (own !== undefined && connector !== undefined) {
    report(state, path, "value", {
      code: "component-id-ambiguous",
      message: `both ${article(kind)} ${kind} and a connector are called "${id}"`,
      remedy: "Give one of them another name.",
    });
    return false;
  }
  if (own === undefined && connector === undefined) {
    reportUnknown(state, path, kind, id, components);
    return false;
  }
  if (own?.plugin === undefined || signal === undefined) return true;
  const { factory } = own.plugin;
  if (factory.kind === "connector" || factory.kind === "extension" || factory.stability[signal] !== undefined)
    return true;
  const able = signals.filter((known) => factory.stability[known] !== undefined);
  const verb = { receiver: "produces", processor: "processes", exporter: "accepts" }[kind];
  report(state, path, "value", {
    code: "pipeline-signal-not-supported",
    message: `the ${kind} "${id}" ${verb} ${able.length === 0 ? "no signal" : able.join(" and ")}, not ${signal}`,
    remedy: able.length === 0 ? "Remove it." : `Move it to a ${able.join(" or ")} pipeline.`,
  });
  return false;
}

function reportUnknown(
  state: Check,
  path: readonly (string | number)[],
  kind: ComponentKind,
  id: string,
  components: DefinedComponents,
): void {
  // A section that could not be read may well define it, and so may an entry with a wrong ID: that was reported.
  const section = state.document.node([sections[kind]]);
  if (section !== undefined && section.kind !== "map" && plain(section) !== null) return;
  if (section?.broken === true) return;
  if (state.document.node([sections[kind], id]) !== undefined) return;
  const other = (["receiver", "processor", "exporter", "connector", "extension"] as const).find((known) =>
    components.has(`${known} ${id}`),
  );
  if (other !== undefined) {
    report(state, path, "value", {
      code: "pipeline-wrong-list",
      message: `"${id}" is ${article(other)} ${other}, not ${article(kind)} ${kind}`,
      remedy:
        other === "extension"
          ? "Move it to service.extensions."
          : other === "connector"
            ? "Move it to receivers or exporters."
            : `Move it to ${sections[other]}, or define ${article(kind)} ${kind} "${id}".`,
    });
    return;
  }
  const takesConnectors = kind === "receiver" || kind === "exporter";
  const known = [...components.values()]
    .filter((component) => component.kind === kind || (takesConnectors && component.kind === "connector"))
    .map((component) => component.id);
  report(state, path, "value", {
    code: "pipeline-unknown-component",
    message: `no ${kind} ${JSON.stringify(id)} is defined`,
    remedy: known.length === 0 ? `Define it under ${sections[kind]}.` : `Defined: ${listNames(known)}.`,
  });
}

/** The extensions to start: those of `service.extensions`, or all that are defined where there is no such list. */
export function checkExtensions(state: Check, components: DefinedComponents): readonly string[] {
  const { document } = state;
  const defined = [...components.values()].filter(({ kind }) => kind === "extension").map(({ id }) => id);
  const path = ["service", "extensions"];
  const node = document.node(path);
  if (node === undefined) return defined;
  if (node.broken === true) return [];
  if (node.kind !== "list") {
    const value = plain(node);
    if (value === null) return [];
    const message = `expected a list of extensions, got ${quoteValue(value)}`;
    report(state, path, "value", { code: "config-invalid-value", message, remedy: "Put it in brackets." });
    return [];
  }
  const listed = new Set<string>();
  for (const [index, item] of node.items.entries()) {
    const id = plain(item);
    const at = [...path, index];
    if (item.broken === true) continue;
    if (typeof id !== "string") {
      const message = `expected the ID of an extension, got ${quoteValue(id)}`;
      report(state, at, "value", { code: "config-invalid-value", message });
    } else if (listed.has(id)) {
      const message = `"${id}" stands in the list twice`;
      report(state, at, "value", { code: "pipeline-duplicate-component", message, remedy: "Remove one." });
    } else {
      listed.add(id);
      if (!components.has(`extension ${id}`)) reportUnknown(state, at, "extension", id, components);
    }
  }
  return [...listed];
}
