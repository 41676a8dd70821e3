import type { Command } from "./command.ts";
import { assemble } from "./commands/assemble.ts";
import { collect } from "./commands/collect.ts";
import { completionFor } from "./commands/completion.ts";
import { components } from "./commands/components.ts";
import { doctor } from "./commands/doctor.ts";
import { explain } from "./commands/explain.ts";
import { init } from "./commands/init.ts";
import { newPlugin } from "./commands/new.ts";
import { schema } from "./commands/schema.ts";
import { tap } from "./commands/tap.ts";
import { validate } from "./commands/validate.ts";

const plain: readonly Command[] = [
  collect,
  tap,
  validate,
  components,
  doctor,
  schema,
  explain,
  init,
  newPlugin,
  assemble,
];

/** The commands, the default one first. */
export const commands: readonly Command[] = [...plain, completionFor(plain)];
