import { cliVersion } from "../versions.ts";
import type { NewPlugin } from "./plugin-files.ts";

/** The versions that a plugin outside the workspace is made with; those of the workspace stand in its catalog. */
const outside = { zod: "^4.6.7", "@types/node": "^24.10.0", typescript: "7.0.2", vitest: "5.1.0" };

/** The files that make it a package. */
export function packageFiles(plugin: NewPlugin): Record<string, string> {
  return plugin.inWorkspace ? workspaceFiles(plugin) : standaloneFiles(plugin);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function standaloneFiles({ kind, type, packageName, tarballs, node }: NewPlugin): Record<string, string> {
  const range = `^${cliVersion}`;
  const core = tarballs?.["@tracecore/core"] ?? range;
  const testkit = tarballs?.["@tracecore/testkit"] ?? range;
  const files: Record<string, string> = {
    "package.json": json({
      name: packageName,
      version: "0.1.0",
      description: `tracecore ${kind} ${type}`,
      keywords: ["tracecore", "opentelemetry", kind],
      type: "module",
      sideEffects: false,
      files: ["dist", "src"],
      exports: {
        ".": { types: `./dist/${kind}.d.ts`, default: `./dist/${kind}.js` },
        "./package.json": "./package.json",
      },
      scripts: { build: "tsc", test: "vitest run", prepack: "tsc" },
      dependencies: { zod: outside.zod },
      peerDependencies: { "@tracecore/core": range },
      devDependencies: {
        "@tracecore/core": core,
        "@tracecore/testkit": testkit,
        "@types/node": outside["@types/node"],
        ...node,
        typescript: outside.typescript,
        vitest: outside.vitest,
      },
      engines: { node: ">=24.11" },
    }),
    "tsconfig.json": json({
      compilerOptions: {
        target: "esnext",
        lib: ["esnext"],
        module: "nodenext",
        types: ["node"],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: true,
        erasableSyntaxOnly: true,
        rewriteRelativeImportExtensions: true,
        isolatedDeclarations: true,
        declaration: true,
        sourceMap: true,
        skipLibCheck: true,
        rootDir: "src",
        outDir: "dist",
      },
      include: ["src"],
    }),
    ".gitignore": "node_modules/\ndist/\n*.tgz\n",
  };
  // pnpm looks for the peer of the testkit in the registry unless it is told where core is.
  if (tarballs !== undefined) {
    files["pnpm-workspace.yaml"] = `overrides:\n  "@tracecore/core": "${core}"\n`;
  }
  return files;
}

function workspaceFiles({ kind, type, packageName }: NewPlugin): Record<string, string> {
  const folder = packageName.replace("@tracecore/", "");
  const references = [{ path: "../core" }];
  return {
    "package.json": json({
      name: packageName,
      version: "0.1.0",
      description: `tracecore ${kind} ${type}`,
      license: "Apache-2.0",
      repository: {
        type: "git",
        url: "git+https://github.com/tracecore/tracecore.git",
        directory: `packages/${folder}`,
      },
      files: ["dist", "src", "!dist/.tsbuildinfo"],
      type: "module",
      sideEffects: false,
      exports: {
        ".": {
          "@tracecore/source": `./src/${kind}.ts`,
          types: `./dist/${kind}.d.ts`,
          default: `./dist/${kind}.js`,
        },
        "./package.json": "./package.json",
      },
      scripts: {
        build: "tsc -b",
        test: `vitest run --root ../.. --project ${folder}`,
        typecheck: "tsc -b tsconfig.test.json",
      },
      dependencies: { zod: "catalog:" },
      devDependencies: { "@tracecore/core": "workspace:*", "@tracecore/testkit": "workspace:*" },
      peerDependencies: { "@tracecore/core": "workspace:^" },
      engines: { node: ">=24.11" },
    }),
    "tsconfig.json": json({
      extends: "../../tsconfig.base.json",
      compilerOptions: { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" },
      include: ["src"],
      references,
    }),
    "tsconfig.test.json": json({
      extends: "../../tsconfig.base.json",
      compilerOptions: {
        noEmit: true,
        isolatedDeclarations: false,
        rewriteRelativeImportExtensions: false,
        allowImportingTsExtensions: true,
        tsBuildInfoFile: "node_modules/.cache/test.tsbuildinfo",
      },
      include: ["test"],
      references: [{ path: "." }, ...references, { path: "../testkit" }],
    }),
  };
}
