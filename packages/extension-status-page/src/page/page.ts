import { markup } from "./markup.ts";
import { graphScript } from "./script-graph.ts";
import { script } from "./script.ts";
import { style } from "./style.ts";

/** The page as it is sent. */
export interface Page {
  readonly html: string;
  /** Its Content-Security-Policy: the two parts of the page itself, and requests to where it came from. */
  readonly policy: string;
}

/** Puts the page together: one file, which loads nothing but the JSON of this collector. */
export function pageOf(): Page {
  const program = `"use strict";\n${graphScript}${script}`;
  const policy = [
    "default-src 'none'",
    `script-src '${digest(program)}'`,
    `style-src '${digest(style)}'`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html: markup(style, program), policy };
}

function digest(text: string): string {
  return `sha256-${process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("base64")}`;
}
