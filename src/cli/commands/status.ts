import type { Command } from "commander";
import type { SourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";
import { sourcesArgument } from "../options.ts";

export function defineStatus(program: Command, context: CommandContext): void {
  const command = program
    .command("status")
    .helpGroup(GROUPS.capture)
    .summary("how each source stands, and what is wrong")
    .description(
      "Asks archive, sources and the running service: state, lag, the latest restorable point, how much log the source holds back, the last base and verification. Exit code 10 when a source is not as it should be.",
    )
    .addArgument(sourcesArgument("any"))
    .action(async (sources: readonly SourceName[] | undefined) => {
      const { runStatus } = await import("../actions/run-status.ts");
      await runStatus({ sources: sources ?? [] }, context);
    });
  addExamples(command, [
    ["tidemark status", "all sources"],
    ["tidemark status orders", "one of them"],
  ]);
}
