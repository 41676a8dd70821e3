/** Which libdcgm would be used, for `tracecore components`. */
export function libraryVariant(): string | undefined {
  return undefined;
}
