import type { Command } from "commander";
import type { ArchiveLocation } from "../../config/config.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";
import { archiveOption, identityOption } from "../options.ts";

export function defineSources(program: Command, context: CommandContext): void {
  const command = program
    .command("sources")
    .helpGroup(GROUPS.look)
    .summary("what an archive holds")
    .description(
      "Lists every source in an archive: its engine and version, how far its history reaches, its bases and what they take. Exit code 9 when one of them cannot be read, 6 when there is none.",
    )
    .addOption(archiveOption())
    .addOption(identityOption())
    .action(async (options: { readonly archive?: ArchiveLocation }) => {
      const { runSources } = await import("../actions/run-sources.ts");
      await runSources(options, context);
    });
  addExamples(command, [
    [
      "tidemark sources --archive ./tidemark/archive",
      "the day the host and its configuration are gone",
    ],
  ]);
}
