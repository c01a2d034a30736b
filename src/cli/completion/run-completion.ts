import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { bashCompletion } from "./bash-completion.ts";
import { describeProgram } from "./describe-program.ts";
import { fishCompletion } from "./fish-completion.ts";
import type { Shell } from "./shells.ts";
import { zshCompletion } from "./zsh-completion.ts";

const SCRIPTS = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
} as const;

export function runCompletion(
  work: { readonly shell: Shell; readonly program: Command },
  context: CommandContext,
): void {
  const script = SCRIPTS[work.shell](describeProgram(work.program));
  context.output.result({ shell: work.shell, script }, () => script);
}
