/** The value of the first series of a name that has these labels; NaN when there is none. */
export function sample(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const line = text
    .split("\n")
    .find(
      (one) => (one.startsWith(`${name}{`) || one.startsWith(`${name} `)) && wanted.every((part) => one.includes(part)),
    );
  return Number(line?.split(" ").at(-1) ?? Number.NaN);
}
