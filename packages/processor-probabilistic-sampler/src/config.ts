import * as z from "zod";

/** The checked options. */
export interface SamplerConfig {
  readonly sampling_percentage: number;
  readonly mode: "hash_seed" | "proportional" | "equalizing";
  readonly hash_seed: number;
  readonly fail_closed: boolean;
  readonly sampling_precision: number;
  readonly attribute_source: "traceID" | "record";
  readonly from_attribute?: string | undefined;
  readonly sampling_priority?: string | undefined;
}

/** The least probability that a threshold of 56 bits can say. */
const LEAST_PROBABILITY = 2 ** -56;

const name = z.string().min(1).optional();

/** Options of the processor; names are those of the OpenTelemetry Collector. */
export const config: z.ZodType<SamplerConfig> = z
  .strictObject({
    sampling_percentage: z
      .number()
      .min(0)
      .refine((percentage) => percentage <= 0 || percentage / 100 >= LEAST_PROBABILITY, {
        error: "no threshold can say so small a share. Write 0 to keep nothing, or at least 1.4e-15",
      })
      .describe("Share of items to keep, in percent; 100 and more keep all that `fail_closed` does not drop."),
    mode: z
      .enum(["hash_seed", "proportional", "equalizing"])
      .default("hash_seed")
      .describe(
        "`hash_seed` decides by a hash; the others by OpenTelemetry's consistent probability sampling: `proportional` keeps that share of what comes, `equalizing` takes into account what samplers before have left out.",
      ),
    hash_seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe("Goes into the hash of `hash_seed` mode. Collectors that stand side by side need the same."),
    fail_closed: z
      .boolean()
      .default(true)
      .describe("Drop items on which no decision can be made, such as those without a trace ID; false keeps them."),
    sampling_precision: z.int().min(1).max(14).default(4).describe("Hex digits of thresholds, beyond leading zeros."),
    attribute_source: z
      .enum(["traceID", "record"])
      .default("traceID")
      .describe("What decides on log records: the trace ID, or `from_attribute`."),
    from_attribute: name.describe(
      "Attribute that decides on log records without a trace ID, or on all with `attribute_source: record`. Only in `hash_seed` mode.",
    ),
    sampling_priority: name.describe(
      "Attribute of log records that holds a percentage for that record; spans have `sampling.priority`.",
    ),
  })
  .superRefine((given, context) => {
    const { mode, from_attribute: from, attribute_source: source } = given;
    const issue = (option: string, message: string): void => {
      context.addIssue({ code: "custom", path: [option], message });
    };
    if (source === "record" && from === undefined) {
      issue("attribute_source", '"record" needs "from_attribute". Name the attribute that decides');
    }
    if (mode !== "hash_seed" && from !== undefined) {
      issue("from_attribute", `"${mode}" decides by the trace ID only. Leave it out, or set "mode" to hash_seed`);
    }
  });
