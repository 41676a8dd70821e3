/** A running component that wants to know of a reload that leaves it as it is, for example to read its TLS files again. */
export interface ReloadListener {
  configReloaded(): Promise<void> | void;
}
