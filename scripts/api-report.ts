/**
 * Compares the public API of every package with its report in packages/<name>/api/, one file for each entry:
 *   pnpm api             fails when one differs
 *   pnpm api --update    writes them
 * The reports come from the declarations of the build.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from "@microsoft/api-extractor";

const root = join(import.meta.dirname, "..");
const update = process.argv.includes("--update");
let failed = 0;

for (const name of readdirSync(join(root, "packages"))) {
  const folder = join(root, "packages", name);
  const manifest = join(folder, "package.json");
  const { exports } = JSON.parse(readFileSync(manifest, "utf8")) as { exports: Record<string, { types?: string }> };
  for (const { types } of Object.values(exports)) {
    if (types === undefined) continue;
    const entry = join(folder, types);
    if (!existsSync(entry)) throw new Error(`${entry} is missing: run "pnpm build" first`);
    if (!succeeds(folder, manifest, entry)) {
      failed++;
      process.stderr.write(
        `packages/${name}: the API of ${types} has changed; look at it, then run "pnpm api --update"\n`,
      );
    }
  }
}
if (failed > 0) process.exitCode = 1;
else process.stdout.write("API reports are up to date\n");

function succeeds(folder: string, packageJsonFullPath: string, entry: string): boolean {
  const reportFileName = `${entry.split("/").at(-1)!.replace(".d.ts", "")}.api.md`;
  mkdirSync(join(folder, "api"), { recursive: true });
  const configObject: IConfigFile = {
    projectFolder: folder,
    mainEntryPointFilePath: entry,
    compiler: { tsconfigFilePath: join(folder, "tsconfig.json") },
    apiReport: {
      enabled: true,
      reportFileName,
      reportFolder: join(folder, "api"),
      reportTempFolder: join(folder, "node_modules/.cache/api"),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    newlineKind: "lf",
    messages: {
      compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      extractorMessageReporting: {
        default: { logLevel: ExtractorLogLevel.Error },
        "ae-missing-release-tag": { logLevel: ExtractorLogLevel.None },
        "ae-undocumented": { logLevel: ExtractorLogLevel.None },
        // A type that only appears inside another is fine as long as it can be used.
        "ae-forgotten-export": { logLevel: ExtractorLogLevel.None },
        "ae-unresolved-link": { logLevel: ExtractorLogLevel.None },
      },
      tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
    },
  };
  const config = ExtractorConfig.prepare({ configObject, configObjectFullPath: undefined, packageJsonFullPath });
  const result = Extractor.invoke(config, {
    localBuild: update,
    showVerboseMessages: false,
    messageCallback(message) {
      message.handled = true;
      if (message.logLevel === ExtractorLogLevel.Error)
        process.stderr.write(`${message.formatMessageWithLocation(folder)}\n`);
    },
  });
  return update ? result.errorCount === 0 : result.succeeded;
}
