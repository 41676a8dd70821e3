import type { Node, Place } from "./nodes.ts";

const places: Readonly<Record<Place, string>> = {
  textStart: "^",
  textEnd: "$",
  lineStart: "(?<=^|\\n)",
  lineEnd: "(?=$|\\n)",
  wordEdge: "\\b",
  noWordEdge: "\\B",
};

/** A regular expression of JavaScript, with the flag `u`, that means the same. */
export function jsSource(node: Node): string {
  switch (node.kind) {
    case "one":
      return node.fold ? `(?i:${node.source})` : node.source;
    case "sequence":
      return node.parts.map((part) => (part.kind === "choice" ? `(?:${jsSource(part)})` : jsSource(part))).join("");
    case "choice":
      return node.options.map(jsSource).join("|");
    case "group":
      return `(${jsSource(node.of)})`;
    case "place":
      return places[node.at];
    case "repeat": {
      const { of, min, max, lazy } = node;
      const body = of.kind === "one" || of.kind === "group" ? jsSource(of) : `(?:${jsSource(of)})`;
      return body + countOf(min, max) + (lazy ? "?" : "");
    }
  }
}

function countOf(min: number, max: number): string {
  if (max === 1 && min === 0) return "?";
  if (max === Infinity && min < 2) return min === 0 ? "*" : "+";
  return `{${min},${max === Infinity ? "" : max}}`;
}
