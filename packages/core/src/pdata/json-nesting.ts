/** Whether lists and objects of a JSON text lie more than `most` deep in one another: known before it is parsed, which takes long. */
export function isNestedDeeper(text: string, most: number): boolean {
  const { length } = text;
  let depth = 0;
  for (let i = 0; i < length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // A text, up to the next quote without a backslash.
        for (let code = 0; (code = text.charCodeAt(++i)) !== 0x22 && i < length;) if (code === 0x5c) i++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > most) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}
