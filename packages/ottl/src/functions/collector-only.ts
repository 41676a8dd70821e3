/** Functions of the Collector that are not there, and what does nearly the same where something does. */
const collectorOnly: Readonly<Record<string, string>> = {
  ExtractGrokPatterns: "Use ExtractPatterns with a regular expression",
  ParseCSV: "Use Split",
  ParseSeverity: "Use set with a condition for each severity",
  SliceToMap: "",
  URL: "Use ExtractPatterns with a regular expression",
  UserAgent: "Use ExtractPatterns with a regular expression",
  CommunityID: "",
  IsValidLuhn: "",
  Murmur3Hash: "Use FNV or SHA256",
  Murmur3Hash128: "Use FNV or SHA256",
  XXH3: "Use FNV or SHA256",
  XXH128: "Use FNV or SHA256",
  UUIDv7: "Use UUID",
  When: "Use two statements with conditions",
  ParseCEF: "Use ExtractPatterns with a regular expression",
  ParseCLF: "Use ExtractPatterns with a regular expression",
  ParseELF: "Use ExtractPatterns with a regular expression",
  ParseLEEF: "Use ExtractPatterns with a regular expression",
  ParseXML: "",
  ParseSimplifiedXML: "",
  GetXML: "",
  InsertXML: "",
  RemoveXML: "",
  ConvertAttributesToElementsXML: "",
  ConvertTextToElementsXML: "",
  set_semconv_span_name: "Use set with Concat",
  aggregate_on_attributes: "",
  aggregate_on_attribute_value: "",
  extract_percentile_metric: "",
  merge_histogram_buckets: "",
  convert_summary_quantile_val_to_gauge: "",
  convert_exponential_histogram_to_histogram: "",
};

/** What to use in place of a function that only the Collector has; undefined for any other name. */
export function replacementOf(name: string): string | undefined {
  return Object.hasOwn(collectorOnly, name) ? collectorOnly[name] : undefined;
}
