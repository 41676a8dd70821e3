import { quoteValue } from "../../config/quote-value.ts";
import { report, type Check } from "./check-block.ts";
import { entriesOf, sections } from "./check-components.ts";
import { didYouMean, listNames } from "./did-you-mean.ts";
import { plain } from "./tree.ts";

const TYPE = /^[a-zA-Z][a-zA-Z0-9_]{0,62}$/;
/** An npm package name, or a path that begins with `./`, `../` or `/`. */
const PACKAGE = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$|^(?:\.{0,2}\/)[^\p{Cc}]+$/u;

/** Checks the block `plugins`, which names packages for component types: `receivers: { dcgm: "@acme/gpu" }`. */
export function checkPluginNames(state: Check): void {
  const kinds = Object.values(sections);
  for (const [kind] of entriesOf(state, ["plugins"], "a map of kinds")) {
    if (!kinds.includes(kind)) {
      const remedy = didYouMean(kind, kinds, `Known options: ${listNames(kinds)}.`);
      report(state, ["plugins", kind], "key", { code: "config-unknown-option", message: "unknown option", remedy });
      continue;
    }
    for (const [type, node] of entriesOf(state, ["plugins", kind], "a map of package names by type")) {
      if (node.broken === true) continue;
      const name = plain(node);
      const path = ["plugins", kind, type];
      if (!TYPE.test(type)) {
        const remedy = type.includes("/") ? "Leave out the slash and what follows it." : "";
        report(state, path, "key", {
          code: "config-invalid-value",
          message: `"${type}" is not a component type`,
          remedy,
        });
      } else if (typeof name !== "string" || name.length > 214 || !PACKAGE.test(name)) {
        const message = `expected the name of a package such as "@acme/gpu", got ${quoteValue(name)}`;
        report(state, path, "value", { code: "config-invalid-value", message });
      }
    }
  }
}
