/** How much of a name or of labels a message shows, in characters. */
const SHOWN = 200;

/** A name as a message shows it: senders may send some that are as long as a request. */
export function shortened(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
