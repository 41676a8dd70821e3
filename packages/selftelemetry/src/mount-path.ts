/**
 * What is wrong with a path that the operator surface shall answer on, or undefined. The config and the server both ask
 * here, so a config that passes never fails at start.
 */
export function validateMountPath(path: string): string | undefined {
  if (!path.startsWith("/")) return "must be an absolute path starting with '/'";
  if (/\s/.test(path)) return "must not contain white space";
  if (/\p{Cc}/u.test(path)) return "must not contain control characters";
  if (path.includes("?")) return "must not contain a query string ('?')";
  if (path.includes("#")) return "must not contain a fragment ('#')";
  if (/[^\x21-\x7e]/.test(path)) return "must not contain characters beyond ASCII: write them percent-encoded";
  return undefined;
}

/** A path without its trailing slash: `/metrics/` and `/metrics` are one. */
export function normalizePath(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  return trimmed === "" ? "/" : trimmed;
}
