/** Entry of `@tracecore/core/config`: the building blocks of a plugin's config schema, and what is made from one. */
export { anyCase } from "./any-case.ts";
export { attributeActions } from "./attribute-actions.ts";
export { byteSize, type ByteSizeOptions } from "./byte-size.ts";
export { emptyIsUnset, refusedOption, unusedOption } from "./collector-option.ts";
export { collectorServerOptions } from "./collector-server.ts";
export { componentId, extensionId } from "./component-id.ts";
export { duration, formatDuration, type DurationOptions } from "./duration.ts";
export { endpoint, listenEndpoint, parseEndpoint, type Endpoint } from "./endpoint.ts";
export { headerMap, pairsAsMap } from "./header-map.ts";
export { httpLimits } from "./http-limits.ts";
export { attributeConditions, checkPatterns, itemMatch, matchType, severityNumber } from "./item-match.ts";
export { didYouMean } from "../service/config/did-you-mean.ts";
export { configJsonSchema } from "./json-schema.ts";
export { noOptions } from "./no-options.ts";
export { optionTable } from "./option-table.ts";
export { pattern } from "./pattern.ts";
export { isSecret, Secret, secret } from "./secret.ts";
export {
  tlsClient,
  tlsServer,
  type TlsClient,
  type TlsClientInput,
  type TlsServer,
  type TlsServerInput,
} from "./tls.ts";
