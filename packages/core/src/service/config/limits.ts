/** How much a config may ask of the loader. Each is far above what a config needs and far below what hurts. */
export interface LoadLimits {
  /** Bytes of all files together. Default 10 MiB. */
  readonly maxBytes: number;
  /** YAML tokens of all files together; a line `key: value` has seven. Default 500,000, which takes about two seconds. */
  readonly maxTokens: number;
  /** Nodes that aliases may add. Default 100,000. */
  readonly maxAliasExpansion: number;
  /** Maps and lists inside one another. Default 64. */
  readonly maxDepth: number;
  /** `${…}` of all files together. Default 10,000. */
  readonly maxExpansions: number;
  /** Defaults inside defaults. Default 8. */
  readonly maxExpansionDepth: number;
  /** Problems that are reported. Default 100. */
  readonly maxProblems: number;
}

export const defaultLimits: LoadLimits = {
  maxBytes: 10 * 2 ** 20,
  maxTokens: 500_000,
  maxAliasExpansion: 100_000,
  maxDepth: 64,
  maxExpansions: 10_000,
  maxExpansionDepth: 8,
  maxProblems: 100,
};
