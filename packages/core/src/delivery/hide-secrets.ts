import type { SendResult } from "./send-result.ts";

/** What anybody may know. */
const open: ReadonlySet<string> = new Set(["user-agent", "content-type"]);
/** Shorter values are no secrets, and may stand in any text. */
const SHORTEST = 4;

/** `result` without the values of these headers: a backend may repeat in what it says what it was sent. */
export function hideSecrets(result: SendResult, headers: Readonly<Record<string, string>>): SendResult {
  const hide = (text: string): string => {
    let shown = text;
    for (const [name, value] of Object.entries(headers)) {
      if (open.has(name)) continue;
      // Of credentials also what follows their scheme.
      for (const secret of [value, value.slice(value.indexOf(" ") + 1)])
        if (secret.length >= SHORTEST) shown = withoutBegun(shown.replaceAll(secret, "[redacted]"), secret);
    }
    return shown;
  };
  if (result.outcome !== "delivered") return { ...result, reason: hide(result.reason) };
  return result.message === undefined ? result : { ...result, message: hide(result.message) };
}

/** `text` without the beginning of `secret` that it ends with: what a backend says is cut, maybe in the middle of it. */
function withoutBegun(text: string, secret: string): string {
  for (let { length } = secret; length >= SHORTEST; length--)
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}[redacted]`;
  return text;
}
