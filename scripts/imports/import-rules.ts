/** The package whose file is looked at. */
export interface ImportedBy {
  /** Its folder below packages/. */
  readonly name: string;
  readonly manifest: {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly peerDependencies?: Readonly<Record<string, string>>;
  };
  readonly builtins: readonly string[];
}

export interface ImportProblem {
  readonly line: number;
  readonly message: string;
}

/** Packages below the plugins, which plugins may use: encodings, and the language of statements. */
const shared = ["@tracecore/otlp", "@tracecore/ottl", "@tracecore/prometheus"];
/** Specifier in a template of `tracecore new`, which is text and no import. */
const IMPORT = /^(?:import|export)\s(?:[^"'`;]*?\sfrom\s)?["']([^"']+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"']+)["']\s*\)/g;

/** The imports of a source text that go the wrong way. */
export function importProblems(by: ImportedBy, text: string): ImportProblem[] {
  const code = text.replaceAll(/`(?:[^`\\]|\\.)*`/g, (template) => template.replaceAll(/[^\n]/g, " "));
  const problems: ImportProblem[] = [];
  for (const match of [...code.matchAll(IMPORT), ...code.matchAll(DYNAMIC)]) {
    const message = wrong(by, match[1]!);
    if (message !== undefined) problems.push({ line: code.slice(0, match.index).split("\n").length, message });
  }
  return problems;
}

function wrong({ name, manifest, builtins }: ImportedBy, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return undefined;
  if (specifier.startsWith("node:")) return undefined;
  if (builtins.includes(specifier)) return `write "node:${specifier}"`;
  const target = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
  if (target !== `@tracecore/${name}` && declared[target] === undefined) {
    return `imports ${target}, which is not in its dependencies`;
  }
  if (!target.startsWith("@tracecore/")) return undefined;
  const allowed = allowedTargets(name);
  if (allowed !== undefined && !allowed.includes(target)) return `${name} must not import ${target}`;
  if (specifier === "@tracecore/core/service" && !["cli", "testkit"].includes(name)) {
    return `${name} must not import the runtime, @tracecore/core/service`;
  }
  return undefined;
}

/** Which packages of ours a package may import; undefined for the command, which may import all. */
function allowedTargets(name: string): readonly string[] | undefined {
  if (name === "cli") return undefined;
  if (name === "core") return [];
  if (shared.includes(`@tracecore/${name}`)) return ["@tracecore/core"];
  if (name === "testkit") return ["@tracecore/core"];
  return ["@tracecore/core", ...shared];
}
