import type { Command } from "commander";
import type { SourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";
import { dryRunOption, sourceArgument, yesOption } from "../options.ts";

export function definePrepare(program: Command, context: CommandContext): void {
  const command = program
    .command("prepare")
    .helpGroup(GROUPS.setup)
    .summary("create in a source what capture needs")
    .description(
      "Creates the schema tidemark with its log, the DDL trigger, the publication and the replication slot. Tables without a key get REPLICA IDENTITY FULL. What is there already stays; it may be run again.",
    )
    .addArgument(sourceArgument())
    .addOption(dryRunOption("print the SQL and change nothing"))
    .action(async (source: SourceName, options: { readonly dryRun?: true }) => {
      const { runPrepare } = await import("../actions/run-prepare.ts");
      await runPrepare({ source, ...options }, context);
    });
  addExamples(command, [
    ["tidemark prepare orders --dry-run", "see the SQL first"],
  ]);
}

export function defineForget(program: Command, context: CommandContext): void {
  const command = program
    .command("forget")
    .helpGroup(GROUPS.setup)
    .summary("remove from a source what prepare created")
    .description(
      "Drops the replication slot, the publication, the DDL trigger and the schema tidemark. The source's history ends here; its archive stays as it is.",
    )
    .addArgument(sourceArgument())
    .addOption(dryRunOption("print the SQL and change nothing"))
    .addOption(yesOption())
    .action(
      async (
        source: SourceName,
        options: { readonly dryRun?: true; readonly yes?: true },
      ) => {
        const { runForget } = await import("../actions/run-prepare.ts");
        await runForget({ source, ...options }, context);
      },
    );
  addExamples(command, [
    ["tidemark forget orders --yes", "stop keeping this source's history"],
  ]);
}
