/** A running component that listens tells where. */
export interface EndpointCarrier {
  /** URLs; `unix://` and the path of a socket. */
  endpoints(): readonly string[];
}
