/**
 * The script that Node starts in the executable: it compiles the program from its asset with the code cache beside it. A cache
 * that V8 refuses, because of other flags, costs time and nothing else. The text is ASCII, which esbuild sees to.
 */
export const launcherSource = `const { getRawAsset } = require("node:sea");
const { constants, Script } = require("node:vm");
const script = new Script(Buffer.from(getRawAsset("program")).latin1Slice(), {
  filename: "tracecore",
  cachedData: new Uint8Array(getRawAsset("code-cache")),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
const program = { exports: {} };
script.runInThisContext()(program.exports, require, program, process.execPath, require("node:path").dirname(process.execPath));
program.exports.start();
`;
