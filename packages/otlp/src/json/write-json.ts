import { randomUUID } from "node:crypto";
import type { Json } from "./encode-value.ts";

/** Longer texts are written by themselves, a piece of them at a time, in UTF-16 units: 1 ms, and 4 where each is escaped. */
const PIECE = 256 * 1024;

/** JSON of `tree` as texts that follow each other, with places to pause between where it holds texts of megabytes. */
export function* writeJson(tree: Json): Generator<undefined, string[]> {
  if (!hasLongText(tree)) return [JSON.stringify(tree)];
  yield;
  const texts: string[] = [];
  // Nobody who sends texts can know it.
  const mark = randomUUID();
  const around = JSON.stringify(tree, (_key, node: Json) => {
    if (!isLong(node)) return node;
    texts.push(node);
    return mark;
  }).split(mark);
  const pieces = [around[0]!];
  for (const [i, text] of texts.entries()) {
    for (let from = 0; from < text.length;) {
      yield;
      const to = endOfPiece(text, from);
      pieces.push(JSON.stringify(text.slice(from, to)).slice(1, -1));
      from = to;
    }
    pieces.push(around[i + 1]!);
  }
  return pieces;
}

function hasLongText(node: Json): boolean {
  if (typeof node !== "object") return isLong(node);
  if (Array.isArray(node)) return node.some(hasLongText);
  const members = node as { readonly [key: string]: Json };
  for (const key in members) if (hasLongText(members[key])) return true;
  return false;
}

function isLong(node: Json): node is string {
  return typeof node === "string" && node.length > PIECE;
}

/** Half of a surrogate pair would be escaped. */
function endOfPiece(text: string, from: number): number {
  const to = from + PIECE;
  const isWithinPair = (text.charCodeAt(to - 1) & 0xfc00) === 0xd800 && (text.charCodeAt(to) & 0xfc00) === 0xdc00;
  return isWithinPair ? to - 1 : to;
}
