import { Argument, type Command } from "commander";
import { SHELLS, type Shell } from "../completion/shells.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";

export function defineCompletion(
  program: Command,
  context: CommandContext,
): void {
  const command = program
    .command("completion")
    .helpGroup(GROUPS.other)
    .summary("print a completion script for a shell")
    .description(
      "Prints a script that completes commands and options in a shell.",
    )
    .addArgument(
      new Argument("<shell>", "the shell to print it for").choices(SHELLS),
    )
    .action(async (shell: Shell) => {
      const { runCompletion } = await import("../completion/run-completion.ts");
      runCompletion({ shell, program }, context);
    });
  addExamples(command, [
    [
      "tidemark completion bash > /etc/bash_completion.d/tidemark",
      "for every bash of this machine",
    ],
    [
      "tidemark completion zsh > ~/.zfunc/_tidemark",
      "for a zsh with ~/.zfunc in its fpath",
    ],
    [
      "tidemark completion fish > ~/.config/fish/completions/tidemark.fish",
      "for fish",
    ],
  ]);
}
