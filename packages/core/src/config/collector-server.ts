import * as z from "zod";
import { refusedOption, unusedOption } from "./collector-option.ts";

/**
 * What the Collector's HTTP servers take beside `endpoint` and `tls`, for components that answer HTTP with {@link httpLimits}:
 * to spread into their schemas.
 */
export function collectorServerOptions(): Readonly<Record<string, z.ZodType>> {
  const limit = (name: string): z.ZodType => refusedOption(`the limit has another name here. Set limits.${name}`);
  return {
    transport: unusedOption(z.enum(["tcp", "tcp4", "tcp6", "unix"]), "the endpoint says it."),
    dialer: unusedOption(z.looseObject({}), "a server connects to nobody."),
    include_metadata: unusedOption(z.boolean(), "what clients send beside the request is not used."),
    max_request_body_size: unusedOption(z.unknown(), "bodies of requests are not read."),
    compression_algorithms: unusedOption(z.array(z.string()), "bodies of requests are not read."),
    keep_alives_enabled: unusedOption(z.boolean(), "connections are kept for `limits.keep_alive_timeout`."),
    keepalive: unusedOption(z.looseObject({}), "connections are kept for `limits.keep_alive_timeout`."),
    read_timeout: limit("request_timeout"),
    read_header_timeout: limit("header_timeout"),
    write_timeout: limit("write_timeout"),
    idle_timeout: limit("keep_alive_timeout"),
    auth: refusedOption(
      "requests are not authenticated here. Leave it out, and keep the port on loopback or set tls.client_ca_file",
    ),
    cors: refusedOption("pages of other origins cannot ask. Leave it out"),
    response_headers: refusedOption("answers have no headers of the config. Leave it out"),
    middlewares: refusedOption("there is no middleware. Leave it out"),
  };
}
