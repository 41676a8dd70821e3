import { isDouble, isInteger, smallestInteger } from "../numbers.ts";
import { fail } from "../ottl-error.ts";
import { isBytes, type Value } from "../values.ts";
import { define, type FunctionDefinition } from "./signature.ts";

const encodings: Readonly<Record<string, BufferEncoding>> = {
  base64: "base64",
  "base64-raw": "base64",
  "base64-url": "base64url",
  "base64-raw-url": "base64url",
  "utf-8": "utf8",
  // As the Collector has it: what is no ASCII stays as it is.
  "us-ascii": "utf8",
  "iso-8859-1": "latin1",
  "utf-16le": "utf16le",
};

const alphabets: Readonly<Record<string, RegExp>> = {
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  "base64-raw": /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2,3})?$/,
  "base64-url": /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/,
  "base64-raw-url": /^(?:[\w-]{4})*(?:[\w-]{2,3})?$/,
};

/** The functions that hash and encode. */
export const hashes: readonly FunctionDefinition[] = [
  hash("SHA1", "sha1"),
  hash("SHA256", "sha256"),
  hash("SHA512", "sha512"),
  hash("MD5", "md5"),
  define(
    "FNV",
    { value: "string" },
    ({ value }) =>
      (frame) =>
        fnv(value(frame)),
  ),
  define(
    "Hex",
    { value: "any" },
    ({ value }) =>
      (frame) =>
        hexOf(value(frame)),
  ),
  define("Base64Encode", { value: "string", "variant?": "constant" }, ({ value, variant = "base64" }) => {
    const encode = variants.get(variant);
    if (encode === undefined) return fail(`variant is one of ${[...variants.keys()].join(", ")}`);
    return (frame) => encode(Buffer.from(value(frame)));
  }),
  define(
    "Base64Decode",
    { value: "string" },
    ({ value }) =>
      (frame) =>
        decoded(value(frame), "base64"),
  ),
  define("Decode", { value: "any", encoding: "constant" }, ({ value, encoding }) => {
    const name = encoding.toLowerCase();
    if (!Object.hasOwn(encodings, name)) fail(`encoding is one of ${Object.keys(encodings).join(", ")}`);
    return (frame) => {
      const given = value(frame);
      if (typeof given !== "string" && !isBytes(given)) return fail("only a string or bytes are decoded");
      return decoded(given, name);
    };
  }),
];

const variants: ReadonlyMap<string, (bytes: Buffer) => string> = new Map([
  ["base64", (bytes) => bytes.toString("base64")],
  ["base64-raw", (bytes) => bytes.toString("base64").replace(/=+$/, "")],
  ["base64-url", (bytes) => bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_")],
  ["base64-raw-url", (bytes) => bytes.toString("base64url")],
]);

function hash(name: string, algorithm: string): FunctionDefinition {
  return define(name, { value: "string" }, ({ value }) => {
    const { createHash } = process.getBuiltinModule("node:crypto");
    return (frame) => createHash(algorithm).update(value(frame)).digest("hex");
  });
}

const PRIME = 0x100_0000_01b3n;

/** FNV-1a of 64 bits. */
function fnv(text: string): number | bigint {
  let sum = 0xcbf2_9ce4_8422_2325n;
  for (const byte of Buffer.from(text)) sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * PRIME);
  return smallestInteger(sum);
}

function hexOf(value: Value): Value {
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  if (isBytes(value)) return Buffer.from(value).toString("hex");
  if (typeof value === "boolean") return value ? "01" : "00";
  const bytes = Buffer.alloc(8);
  if (isInteger(value)) bytes.writeBigInt64BE(BigInt(value));
  else if (isDouble(value)) bytes.writeDoubleBE(Number(value));
  else return undefined;
  return bytes.toString("hex");
}

function decoded(value: string | Uint8Array, name: string): string {
  if (!name.startsWith("base64")) return Buffer.from(value as string).toString(encodings[name]);
  const text = typeof value === "string" ? value : Buffer.from(value).toString("latin1");
  const plain = text.replaceAll(/[\r\n]/g, "");
  if (!alphabets[name]!.test(plain)) fail("the text is no base64");
  return Buffer.from(plain, encodings[name]).toString();
}
