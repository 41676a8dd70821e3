import { anyCase, pattern, refusedOption, secret, type Secret } from "@tracecore/core/config";
import * as z from "zod";

/** The checked options. */
export interface RedactionConfig {
  readonly allow_all_keys?: boolean | undefined;
  readonly allowed_keys?: readonly string[] | undefined;
  readonly ignored_keys: readonly string[];
  readonly ignored_key_patterns: readonly string[];
  readonly blocked_key_patterns: readonly string[];
  readonly blocked_values: readonly string[];
  readonly allowed_values: readonly string[];
  readonly redact_all_types: boolean;
  readonly hash_function?: (typeof hashFunctions)[number] | undefined;
  readonly hmac_key?: Secret | undefined;
  readonly summary: "debug" | "info" | "silent";
  readonly gpu_privacy: "off" | "hash";
  readonly gpu_privacy_salt?: Secret | undefined;
}

const hashFunctions = ["md5", "sha1", "sha3", "hmac-sha256", "hmac-sha512"] as const;
const keys = z.array(z.string().min(1));
const patterns = z.array(pattern()).default([]);

/** Options of the processor; names are those of the OpenTelemetry Collector, those with `gpu_privacy` are ours. */
export const config: z.ZodType<RedactionConfig> = z
  .strictObject({
    allow_all_keys: z
      .boolean()
      .optional()
      .describe(
        "Keep attributes whatever they are called, also with `allowed_keys`. Without it only `allowed_keys` stay, unless `gpu_privacy` is set and `allowed_keys` is not.",
      ),
    allowed_keys: keys.optional().describe("Attributes that stay; all others are removed."),
    ignored_keys: keys.default([]).describe("Attributes that stay as they are, unread."),
    ignored_key_patterns: patterns.describe("Regular expressions; an attribute whose name matches one stays as it is."),
    blocked_key_patterns: patterns.describe(
      "Regular expressions; an attribute whose name matches one has its value masked.",
    ),
    blocked_values: patterns.describe("Regular expressions; what matches one in a value is masked."),
    allowed_values: patterns.describe(
      "Regular expressions; a value that matches one is left as it is, blocked or not.",
    ),
    redact_all_types: z
      .boolean()
      .default(false)
      .describe("Look at numbers and booleans too; one that is masked becomes a text."),
    hash_function: anyCase(z.enum(hashFunctions))
      .optional()
      .describe(
        "Write a hash in place of `****`; `sha3` is SHA3-256. Without a key, as `hmac-…` has one, short values can be found by trying.",
      ),
    hmac_key: secret().optional().describe("Key of the hash functions that begin with `hmac-`."),
    summary: z
      .enum(["debug", "info", "silent"])
      .default("silent")
      .describe("Attributes that tell what was done: `info` how many, `debug` which too."),
    url_sanitizer: refusedOption("URLs are not taken apart. Leave it out, and mask what varies with blocked_values"),
    db_sanitizer: refusedOption(
      "statements of databases are not taken apart. Leave it out, and mask values with blocked_values",
    ),
    gpu_privacy: z
      .enum(["off", "hash"])
      .default("off")
      .describe("`hash` puts a salted hash in place of what tells GPUs apart: UUIDs, serial numbers, PCI addresses."),
    gpu_privacy_salt: secret()
      .optional()
      .describe(
        "Salt of `gpu_privacy`; the same one everywhere keeps GPUs comparable. Without it each start makes its own.",
      ),
  })
  .superRefine((given, context) => {
    const issue = (option: string, message: string): void => {
      context.addIssue({ code: "custom", path: [option], message });
    };
    const keyed = given.hash_function?.startsWith("hmac-") === true;
    if (keyed && (given.hmac_key === undefined || given.hmac_key.reveal() === "")) {
      issue("hash_function", `"${given.hash_function}" needs a key. Write a long random text in "hmac_key"`);
    }
    if (!keyed && given.hmac_key !== undefined) {
      issue("hmac_key", 'nothing is hashed with it. Set "hash_function" to hmac-sha256 or hmac-sha512');
    }
    if (given.gpu_privacy_salt !== undefined && given.gpu_privacy === "off") {
      issue("gpu_privacy_salt", 'nothing is hashed with it. Set "gpu_privacy" to hash');
    }
    if (given.gpu_privacy_salt?.reveal() === "")
      issue("gpu_privacy_salt", "the salt is empty. Write a long random text");
  });
