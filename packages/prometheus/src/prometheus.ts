/** Entry of `@tracecore/prometheus`: pipeline data as Prometheus text. */
export { type Lease } from "./exposition.ts";
export { type RefusalReason } from "./family.ts";
export { contentTypeOf, negotiateFormat, plainText, type Format } from "./format.ts";
export { labelName } from "./label-name.ts";
export { metricName, translationStrategies, type NameSource, type TranslationStrategy } from "./metric-name.ts";
export { type UpdateResult } from "./refusals.ts";
export { PrometheusRegistry, type RegistryOptions } from "./registry.ts";
export { answerScrape, type ScrapeAnswer, type ScrapeRequest } from "./scrape.ts";
