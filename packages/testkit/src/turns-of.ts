/** How many turns of the event loop there are until `work` is done: none where it does all in one piece, however long that takes. */
export async function turnsOf(work: () => unknown): Promise<number> {
  let turns = 0;
  let immediate: NodeJS.Immediate | undefined;
  const count = (): void => void (immediate = setImmediate(() => (turns++, count())));
  count();
  await work();
  clearImmediate(immediate);
  return turns;
}
