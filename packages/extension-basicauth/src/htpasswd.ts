/** Whether a password is the one of a user. */
type Check = (password: string) => boolean;

/** Users by name. */
export type Users = ReadonlyMap<string, Check>;

/** As crypt writes hashes, but for the oldest, which nothing tells from a password; and as LDAP does. */
const HASHED = /^(?:\$[a-z0-9][a-z0-9,=-]*\$|\{[a-z][a-z0-9.-]*\})/i;
const CHECKED = /^\{(S?SHA)\}(.*)$/i;

/** Reads lines of `user:password`, where the password is plain, `{SHA}` or `{SSHA}`. Throws with the number of a bad line. */
export function readHtpasswd(text: string): Users {
  const users = new Map<string, Check>();
  for (const [index, whole] of text.split("\n").entries()) {
    const line = whole.trim();
    if (line === "" || line.startsWith("#")) continue;
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`line ${index + 1} is not of the form user:password`);
    const check = checkOf(line.slice(colon + 1));
    if (typeof check === "string") throw new Error(`line ${index + 1}: ${check}`);
    users.set(line.slice(0, colon), check);
  }
  return users;
}

/** Takes as long whether there is such a user or not. */
export function isUser(users: Users, name: string, password: string): boolean {
  const check = users.get(name);
  return (check ?? decoy)(password) && check !== undefined;
}

const decoy: Check = (password) => isEqual(sha1(password), Buffer.alloc(20));

function checkOf(stored: string): Check | string {
  const [, scheme, encoded = ""] = CHECKED.exec(stored) ?? [];
  if (scheme === undefined) {
    if (HASHED.test(stored)) return "hashes of this kind cannot be checked. Write {SSHA}, {SHA} or a plain password";
    return (password) => isEqual(Buffer.from(password), Buffer.from(stored));
  }
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length < 20 || (scheme.toUpperCase() === "SHA" && bytes.length > 20))
    return `what follows {${scheme}} is no such hash`;
  const hash = bytes.subarray(0, 20);
  const salt = bytes.subarray(20);
  return (password) => isEqual(sha1(password, salt), hash);
}

function sha1(password: string, salt: Uint8Array = Buffer.alloc(0)): Buffer {
  return process.getBuiltinModule("node:crypto").createHash("sha1").update(password).update(salt).digest();
}

/** Through digests of equal length, so that the time says nothing about how much is equal. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  const { createHash, timingSafeEqual } = process.getBuiltinModule("node:crypto");
  const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
  return timingSafeEqual(digest(a), digest(b));
}
