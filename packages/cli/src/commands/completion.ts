import { TracecoreError } from "@tracecore/core";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

/** Writes a completion script for a shell; it completes `others` and itself. */
export function completionFor(others: readonly Command[]): Command {
  const command: Command = {
    name: "completion",
    summary: "Write a completion script for bash, zsh or fish",
    positionals: ["<shell>"],
    words: Object.keys(scripts),
    options: {},
    examples: ["tracecore completion bash > /etc/bash_completion.d/tracecore", "source <(tracecore completion zsh)"],
    run({ console, positionals: [shell] }) {
      const write = shell !== undefined && Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
      if (write === undefined) {
        throw new TracecoreError(
          "usage",
          shell === undefined ? "name a shell" : `"${shell}" is not a shell that is known`,
          {
            remedy: `Shells: ${Object.keys(scripts).join(", ")}`,
          },
        );
      }
      console.out(write([...others, command]));
      return Promise.resolve(exitCodes.ok);
    },
  };
  return command;
}

type Commands = readonly Command[];

const scripts: Readonly<Record<string, (commands: Commands) => string>> = { bash, zsh, fish };

function words(command: Command): string {
  const options = [...Object.keys(command.options), "help"].map((name) => `--${name}`);
  return [...(command.words ?? []), ...options].join(" ");
}

function bash(commands: Commands): string {
  const cases = commands.map((command) => `    ${command.name}) words="${words(command)}" ;;`);
  return `_tracecore() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  if [ "$previous" = "--config" ] || [ "$previous" = "-c" ]; then
    COMPREPLY=($(compgen -f -- "$current"))
    return
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version ${words(commands[0]!)}" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
    *) words="${words(commands[0]!)}" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _tracecore tracecore
`;
}

function zsh(commands: Commands): string {
  const names = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = commands.map((command) => {
    const options = Object.entries(command.options).map(
      ([name, { description, files, type }]) =>
        `'--${name}[${quoted(description).replaceAll(/[[\]]/g, "")}]${type === "boolean" ? "" : `:value:${files === true ? "_files" : ""}`}'`,
    );
    // Its own name is the first argument that _arguments sees.
    const first = command.words === undefined ? [] : [`'2:word:(${command.words.join(" ")})'`];
    return `    ${command.name}) _arguments ${[...options, ...first, "'*:file:_files'"].join(" ")} ;;`;
  });
  return `#compdef tracecore
_tracecore() {
  local -a names
  names=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command names
    return
  fi
  case "$words[2]" in
${cases.join("\n")}
  esac
}
compdef _tracecore tracecore
`;
}

function fish(commands: Commands): string {
  const top = commands.map(
    ({ name, summary }) => `complete -c tracecore -n __fish_use_subcommand -a ${name} -d '${quoted(summary)}'`,
  );
  const options = commands.flatMap((command) =>
    Object.entries(command.options).map(
      ([name, { description, type }]) =>
        `complete -c tracecore -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${type === "boolean" ? "" : " -r"} -d '${quoted(description)}'`,
    ),
  );
  const first = commands.flatMap(({ name, words: choices }) =>
    choices === undefined
      ? []
      : [`complete -c tracecore -n '__fish_seen_subcommand_from ${name}' -a '${choices.join(" ")}'`],
  );
  return `${[...top, ...first, ...options].join("\n")}\n`;
}

/** Text inside single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", "");
}
