import type { Command } from "commander";
import type { SourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";
import { sourcesArgument } from "../options.ts";

export function defineCheck(program: Command, context: CommandContext): void {
  const command = program
    .command("check")
    .helpGroup(GROUPS.setup)
    .summary("name every misconfiguration, with what mends it")
    .description(
      "Looks at sources, journal and archive, and names everything that is wrong at once, each with the exact SQL or setting. Changes nothing; in a bucket it makes a few small objects below probe/ and deletes them. Exit code 4 with errors, 3 with warnings only.",
    )
    .addArgument(sourcesArgument("any"))
    .action(async (sources: readonly SourceName[] | undefined) => {
      const { runCheck } = await import("../actions/run-check.ts");
      await runCheck({ sources: sources ?? [] }, context);
    });
  addExamples(command, [
    [
      "tidemark check",
      "before the first run, and after any change of a server",
    ],
  ]);
}
