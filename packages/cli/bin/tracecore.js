#!/usr/bin/env node
// Syntax and imports that every Node can read: an old one must get far enough to say that it is too old.
import module from "node:module";

var parts = process.versions.node.split(".");
if (Number(parts[0]) < 24 || (Number(parts[0]) === 24 && Number(parts[1]) < 11)) {
  console.error("tracecore needs Node.js 24.11 or later; this is " + process.version + ".");
  console.error("Add one beside it with: npm install node@24   or use the standalone binary.");
  process.exit(1);
}
if (module.enableCompileCache) module.enableCompileCache();
void import("../dist/bin.js");
