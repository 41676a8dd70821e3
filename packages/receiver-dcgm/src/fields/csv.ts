/** The rows of a table with a header, as objects by column. Cells may stand in quotes and then hold commas. */
export function csvRows<K extends string>(text: string): Record<K, string>[] {
  const [head = "", ...lines] = text.trimEnd().split("\n");
  const columns = head.split(",") as K[];
  return lines.map((line) => {
    const cells = csvCells(line);
    const row = {} as Record<K, string>;
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = cells[i] ?? "";
    return row;
  });
}

/** The cells of one line. A doubled quote inside quotes is one quote. */
export function csvCells(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    if (char === '"' && quoted && line[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (char === '"') quoted = !quoted;
    else if (char === "," && !quoted) {
      cells.push(cell);
      cell = "";
    } else cell += char;
  }
  cells.push(cell);
  return cells;
}

/** Whether a quote of the line has no other end. */
export function hasOpenQuote(line: string): boolean {
  return line.split('"').length % 2 === 0;
}
