import type { Command } from "commander";
import { POINT_GRAMMAR } from "../core/point.ts";

/** For a command that takes one, because who needs it has no time to look for it elsewhere. */
export function addPointGrammar(command: Command): Command {
  return command.addHelpText("after", `\nA POINT is one of: ${POINT_GRAMMAR}`);
}

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
