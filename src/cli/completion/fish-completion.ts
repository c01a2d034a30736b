import type {
  CompletionCommand,
  CompletionOption,
} from "./describe-program.ts";

export function fishCompletion(commands: readonly CompletionCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = commands.flatMap((command) => {
    const inside = `__fish_seen_subcommand_from ${command.name}`;
    return [
      `complete -c tidemark -n ${quote(`not __fish_seen_subcommand_from ${names}`)} -a ${command.name} -d ${quote(command.description)}`,
      ...command.choices.map(
        (choice) => `complete -c tidemark -n ${quote(inside)} -a ${choice}`,
      ),
      ...command.options.map((option) => optionLine(inside, option)),
    ];
  });
  return [
    "# fish completion for tidemark",
    "complete -c tidemark -f",
    ...lines,
    "",
  ].join("\n");
}

function optionLine(inside: string, option: CompletionOption): string {
  const value = !option.takesValue ? "" : option.takesFile ? " -r -F" : " -x";
  const short =
    option.short === undefined ? "" : ` -s ${option.short.replace(/^-/, "")}`;
  return `complete -c tidemark -n ${quote(inside)} -l ${option.long.replace(/^--/, "")}${short}${value} -d ${quote(option.description)}`;
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
