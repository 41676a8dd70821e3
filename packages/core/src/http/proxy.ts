import type { Socket } from "node:net";

/** How long a proxy may take to open a tunnel, ms. */
const TUNNEL_MS = 10_000;

/**
 * The proxy that the environment names for `url`, as programs in Go read it: `HTTPS_PROXY` or `HTTP_PROXY`, by the scheme, unless
 * `NO_PROXY` names the host or it is this machine. Lower case names count where the others are not set. Throws when it is no URL.
 */
export function proxyOf(url: URL, env: Readonly<Record<string, string | undefined>> = process.env): URL | undefined {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = valueOf(env, name);
  if (value === "" || isLocal(url) || isExcepted(url, valueOf(env, "NO_PROXY"))) return undefined;
  const proxy = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (proxy !== null && /^https?:$/.test(proxy.protocol)) return proxy;
  // The value may hold a password.
  throw new Error(`the environment variable ${name} is no URL such as "http://proxy.example:3128"`);
}

/** A connection to `to`, which is `host:port`, through a proxy (RFC 9110 section 9.3.6). Throws when the proxy gives none. */
export function openTunnel(proxy: URL, to: string, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const secure = proxy.protocol === "https:";
  const { request: ask } = process.getBuiltinModule(secure ? "node:https" : "node:http");
  const { username, password } = proxy;
  const user = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString("base64");
  const request = ask({
    host: hostOf(proxy),
    port: proxy.port === "" ? (secure ? 443 : 80) : Number(proxy.port),
    method: "CONNECT",
    path: to,
    headers: { host: to, ...(username !== "" && { "proxy-authorization": `Basic ${user}` }) },
    agent: false,
    timeout: TUNNEL_MS,
    signal,
  });
  request.once("connect", ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
    socket.setTimeout(0);
    if (statusCode >= 200 && statusCode < 300) {
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
      return;
    }
    socket.destroy();
    reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`));
  });
  request.once("response", ({ statusCode = 0 }) => {
    request.destroy();
    reject(new Error(`the proxy ${proxy.host} answered ${statusCode}`));
  });
  request.once("timeout", () =>
    request.destroy(new Error(`the proxy ${proxy.host} gave no answer in ${TUNNEL_MS} ms`)),
  );
  request.on("error", reject);
  request.end();
  return promise;
}

function valueOf(env: Readonly<Record<string, string | undefined>>, name: string): string {
  const upper = env[name]?.trim() ?? "";
  return upper === "" ? (env[name.toLowerCase()]?.trim() ?? "") : upper;
}

/** Without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
}

function isLocal(url: URL): boolean {
  const host = hostOf(url);
  return host === "localhost" || host === "::1" || (net().isIPv4(host) && host.startsWith("127."));
}

/** Whether a list such as `example.com, .internal, 10.0.0.0/8, host:8080` names the host of `url`; `*` names all. */
function isExcepted(url: URL, list: string): boolean {
  const host = hostOf(url);
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  return list
    .toLowerCase()
    .split(",")
    .map((entry) => entry.trim())
    .some((entry) => entry !== "" && (entry === "*" || isNamed(host, port, entry)));
}

function isNamed(host: string, port: string, entry: string): boolean {
  const [, bracketed, plain, ownPort] = /^(?:\[(.+)\]|([^:]+)|.*?)(?::(\d+))?$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? entry;
  if ((bracketed ?? plain) !== undefined && ownPort !== undefined && ownPort !== port) return false;
  const family = net().isIP(host);
  if (family !== 0) return isInNetwork(host, family === 6 ? "ipv6" : "ipv4", name);
  const domain = name.replace(/^\*(?=\.)/, "");
  return domain.startsWith(".") ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`);
}

function isInNetwork(host: string, family: "ipv4" | "ipv6", name: string): boolean {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(name) ?? [];
  const own = net().isIP(address);
  if (own === 0 || (own === 6) !== (family === "ipv6")) return false;
  const most = own === 6 ? 128 : 32;
  if (Number(bits ?? most) > most) return false;
  const list = new (net().BlockList)();
  list.addSubnet(address, Number(bits ?? most), family);
  return list.check(host, family);
}

function net(): typeof import("node:net") {
  return process.getBuiltinModule("node:net");
}
