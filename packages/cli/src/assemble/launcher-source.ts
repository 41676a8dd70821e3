/** The asset that holds what a plugin package runs in a process of its own. */
export function processAsset(packageName: string): string {
  return `process:${packageName}`;
}

/**
 * The script that Node starts in the executable: it compiles the program from its asset with the code cache beside it. A cache
 * that V8 refuses, because of other flags, costs time and nothing else. Where a plugin has started the executable for its own
 * work, that is another, small program. The text is ASCII, which esbuild sees to.
 */
export const launcherSource: string = `const { getAssetKeys, getRawAsset } = require("node:sea");
const { constants, Script } = require("node:vm");
// The heap stays small from the first module on (heap-growth.ts); the code cache was made under this flag.
require("node:v8").setFlagsFromString("--semi-space-growth-factor=1");
const wanted = process.env.TRACECORE_PLUGIN_PROCESS;
const own = wanted === undefined ? "" : "${processAsset("")}" + wanted;
const isOwn = getAssetKeys().includes(own);
const script = new Script(Buffer.from(getRawAsset(isOwn ? own : "program")).latin1Slice(), {
  filename: "tracecore",
  ...(!isOwn && { cachedData: new Uint8Array(getRawAsset("code-cache")) }),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const program = { exports: {} };
script.runInThisContext()(program.exports, require, program, process.execPath, require("node:path").dirname(process.execPath));
if (!isOwn) program.exports.start();
`;
