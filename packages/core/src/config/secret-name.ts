const SECRET_NAME =
  /(?:^|[_.-])(?:token|secret|password|passwd|pwd|passphrase|credentials?|auth|authorization|bearer|cookie|(?:api|access|private|secret|account)[_-]?key)s?(?:$|[_.-])/i;

/**
 * Whether a variable or an option of this name holds a secret in all likelihood: `API_TOKEN`, `db-password`, `authorization`.
 * For values that no schema types as secret, such as headers. A name
 * that ends in `_file`, `_path` or `_url` says where the secret is.
 */
export function isSecretName(name: string): boolean {
  if (/[_-](?:file|path|url)$/i.test(name)) return false;
  return SECRET_NAME.test(name.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2"));
}
