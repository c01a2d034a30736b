import type { Command } from "commander";

/** Examples below a command's help: a command line and what it is for. The README's and these are run by a test. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [line: string, why: string])[],
): Command {
  const text = examples
    .map(([line, why]) => `  # ${why}\n  $ ${line}`)
    .join("\n");
  return command.addHelpText(
    "after",
    `\nExample${examples.length > 1 ? "s" : ""}:\n${text}`,
  );
}
