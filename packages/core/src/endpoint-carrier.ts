/** A running component that can be looked at over the network tells where. */
export interface EndpointCarrier {
  /** URLs that a person can open. */
  endpoints(): readonly string[];
}
