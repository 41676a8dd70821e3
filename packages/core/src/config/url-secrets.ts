import { isSecretName } from "./secret-name.ts";

/** What stands between `://` and `@`: a user with a password, or a token. */
const USER_INFO = /:\/\/([^\s/?#"'<>]+)@/g;
const PARAMETER = /[?&]([^\s=&#"'<>]{1,100})=([^\s&#"'<>]+)/g;
/** Names of parameters that sign a URL or let in whoever has it, beside those that are secret anywhere. */
const SIGNING = /^(?:key|sig|code|.*[_-]?signature)$/i;

/** A part of a text, from the character `start` to before `end`. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** Where the secrets of URLs stand in a text: users with passwords, and parameters that are named like secrets. */
export function urlSecrets(text: string): TextRange[] {
  if (!text.includes("://")) return [];
  const secrets: TextRange[] = [];
  for (const { index, 1: user = "" } of text.matchAll(USER_INFO)) secrets.push(range(index + "://".length, user));
  for (const { index, 1: name = "", 2: value = "" } of text.matchAll(PARAMETER)) {
    if (SIGNING.test(name) || isSecretName(name)) secrets.push(range(index + `?${name}=`.length, value));
  }
  return secrets.toSorted((a, b) => a.start - b.start);
}

/** The text without the secrets of its URLs: `https://[redacted]@backend/?token=[redacted]`. */
export function withoutUrlSecrets(text: string): string {
  let shown = "";
  let at = 0;
  for (const { start, end } of urlSecrets(text)) {
    if (start < at) continue;
    shown += `${text.slice(at, start)}[redacted]`;
    at = end;
  }
  return shown + text.slice(at);
}

function range(start: number, text: string): TextRange {
  return { start, end: start + text.length };
}
