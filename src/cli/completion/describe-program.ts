import type { Command, Option } from "commander";

export interface CompletionOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly description: string;
  readonly takesValue: boolean;
  /** The value is a file or a directory. */
  readonly takesFile: boolean;
}

export interface CompletionCommand {
  readonly name: string;
  readonly description: string;
  /** Its own and the global ones. */
  readonly options: readonly CompletionOption[];
  /** What its first argument may be, when that is a fixed list. */
  readonly choices: readonly string[];
}

/** What a shell can complete, read from the program itself, so that it cannot lag behind. */
export function describeProgram(
  program: Command,
): readonly CompletionCommand[] {
  const help = program.createHelp();
  const globals = help.visibleOptions(program).map(describeOption);
  return help.visibleCommands(program).map((command) => ({
    name: command.name(),
    description: command.summary() || command.description(),
    options: withoutRepetition([
      ...command.createHelp().visibleOptions(command).map(describeOption),
      ...globals.filter(({ long }) => long !== "--version"),
    ]),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  }));
}

function describeOption(option: Option): CompletionOption {
  const takesValue = option.required || option.optional;
  return {
    long: option.long ?? option.flags,
    short: option.short,
    description: option.description,
    takesValue,
    takesFile: takesValue && /<(file|directory|location)>/.test(option.flags),
  };
}

function withoutRepetition(
  options: readonly CompletionOption[],
): readonly CompletionOption[] {
  return [...new Map(options.map((option) => [option.long, option])).values()];
}
