import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";

export function defineMark(program: Command, context: CommandContext): void {
  const command = program
    .command("mark")
    .helpGroup(GROUPS.capture)
    .summary("write a named restore point into every source")
    .description(
      "Writes a marker into every source's own history, and waits until it is archived: `--at marker:NAME` means the instant of that transaction. Exit code 10 when it is written and not archived yet, because `tidemark run` is not running or is behind.",
    )
    .argument("<name>", "letters, digits and _ . : @ + -")
    .action(async (name: string) => {
      const { runMark } = await import("../actions/run-mark.ts");
      await runMark({ name }, context);
    });
  addExamples(command, [
    ["tidemark mark before-release-42", "before a migration"],
  ]);
}
