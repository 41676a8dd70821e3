/** Where the page is served, and under which other names. */
export interface ServedHosts {
  readonly endpoint: { readonly host: string };
  readonly allowedHosts: readonly string[];
}

/**
 * Whether a request asks for a host that this page has. A web page of somebody else can let its own name lead to this machine
 * (DNS rebinding) and would then be taken for ours; it cannot do so with an IP address or with localhost.
 */
export function isOurHost(header: string | undefined, { endpoint, allowedHosts }: ServedHosts): boolean {
  if (header === undefined) return true; // No browser leaves it out.
  const host = URL.parse(`http://${header}`)?.hostname;
  if (host === undefined) return false;
  const bare = host.replaceAll(/^\[|\]$/g, "");
  const { isIP } = process.getBuiltinModule("node:net");
  if (isIP(bare) !== 0 || bare === "localhost" || bare.endsWith(".localhost")) return true;
  return [endpoint.host, ...allowedHosts].some((name) => name.toLowerCase() === bare);
}
