import type { Command } from "commander";
import type { ArchiveLocation } from "../../config/config.ts";
import type { SourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";
import { archiveOption, identityOption, sourceArgument } from "../options.ts";

export function defineWindows(program: Command, context: CommandContext): void {
  const command = program
    .command("windows")
    .helpGroup(GROUPS.look)
    .summary("what can be restored: windows, gaps, bases, markers")
    .description(
      "Lists the stretches of a source's history that can be restored exactly, what is missing between them and of which tables, and its bases and markers.",
    )
    .addArgument(sourceArgument())
    .addOption(archiveOption())
    .addOption(identityOption())
    .action(
      async (
        source: SourceName,
        options: { readonly archive?: ArchiveLocation },
      ) => {
        const { runWindows } = await import("../actions/run-windows.ts");
        await runWindows({ source, ...options }, context);
      },
    );
  addExamples(command, [
    ["tidemark windows orders", "how far back a restore can go"],
    [
      "tidemark windows orders --archive ./tidemark/archive",
      "the same of an archive alone",
    ],
  ]);
}
