/** Port of nv-hostengine. */
const DEFAULT_PORT = 5555;

/** Where a host engine listens, as `dcgmConnect_v2` takes it. */
export interface EngineAddress {
  readonly address: string;
  readonly isUnixSocket: boolean;
}

/**
 * Reads `host`, `host:port`, `[::1]:5555`, `tcp://…`, `unix:///path` or `/path`. undefined where it is none of these.
 */
export function engineAddress(endpoint: string): EngineAddress | undefined {
  const path = /^(?:unix:\/\/)?(\/.+)$/.exec(endpoint)?.[1];
  if (path !== undefined) return { address: path, isUnixSocket: true };
  const [, host, port] = /^(?:tcp:\/\/)?(\[[0-9a-f:.]+(?:%[\w.-]+)?\]|[^:/[\]\s]+)(?::(\d+))?$/i.exec(endpoint) ?? [];
  if (host === undefined || Number(port) > 65_535 || Number(port) === 0) return undefined;
  return { address: `${host}:${port ?? DEFAULT_PORT}`, isUnixSocket: false };
}
