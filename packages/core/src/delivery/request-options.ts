import * as z from "zod";
import { refusedOption, unusedOption } from "../config/collector-option.ts";
import { extensionId } from "../config/component-id.ts";
import type { Secret } from "../config/secret.ts";
import type { TlsClient } from "../config/tls.ts";
import { deliveryOptions, type DeliveryConfig } from "./delivery-config.ts";

/** The checked options of an exporter whose requests have headers. */
export interface RequestConfig extends DeliveryConfig {
  readonly headers: Readonly<Record<string, Secret>>;
  readonly tls: TlsClient;
  readonly auth?: { readonly authenticator: string } | undefined;
}

/** What such exporters offer beside {@link deliveryOptions}, to spread into their schemas; as the Collector's gRPC and HTTP clients. */
export const requestOptions: typeof deliveryOptions & {
  readonly auth: z.ZodType<RequestConfig["auth"]>;
  readonly read_buffer_size: z.ZodType<number | undefined>;
  readonly write_buffer_size: z.ZodType<number | undefined>;
  readonly middlewares: z.ZodType;
} = {
  auth: z
    .strictObject({ authenticator: extensionId().describe("ID of the extension.") })
    .optional()
    .describe("The extension that signs requests. Its headers win over those of `headers`."),
  read_buffer_size: unusedOption(z.int().min(0), "buffers grow as they need to."),
  write_buffer_size: unusedOption(z.int().min(0), "buffers grow as they need to."),
  middlewares: refusedOption("there is no middleware. Leave it out"),
  ...deliveryOptions,
};

/** The headers of every request, by lower-case name: who sends it, and what the config says. */
export function fixedHeaders({ headers }: Pick<RequestConfig, "headers">): Record<string, string> {
  const fixed: Record<string, string> = { "user-agent": "tracecore" };
  for (const [name, value] of Object.entries(headers)) fixed[name.toLowerCase()] = value.reveal();
  return fixed;
}
