import { parseCount } from "../parse-count.ts";
import type { Command } from "commander";
import type { SourceName } from "../../core/source-name.ts";
import type { RestoreCommandOptions } from "../actions/run-restore.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples, addPointGrammar } from "../help.ts";
import {
  archiveOption,
  atOption,
  dryRunOption,
  identityOption,
  intoOption,
  intoPasswordFileOption,
  memoryOption,
  sourcesArgument,
  tableOption,
} from "../options.ts";

export function defineRestore(program: Command, context: CommandContext): void {
  const command = program
    .command("restore")
    .helpGroup(GROUPS.restore)
    .summary("rebuild a source as of any committed transaction")
    .description(
      "Folds base and changes into the state at the point, loads it once into a new or empty database, and reads it back to prove it. Refuses, before writing anything, what it cannot reach exactly. Killed, the same command resumes it.",
    )
    .addArgument(sourcesArgument("some"))
    .addOption(atOption())
    .addOption(intoOption())
    .addOption(tableOption("only this table; may be repeated"))
    .addOption(memoryOption("512MiB"))
    .option(
      "--streams <n>",
      "tables folded and loaded at the same time",
      parseCount,
      2,
    )
    .addOption(intoPasswordFileOption())
    .option(
      "--map",
      "into an engine of another kind (Postgres, MySQL) as docs/mapping.md says: what is not the same there is listed first; without it such a restore lists and refuses",
    )
    .addOption(archiveOption())
    .addOption(identityOption())
    .addOption(dryRunOption())
    .action(
      async (
        sources: readonly SourceName[],
        options: RestoreCommandOptions,
      ) => {
        const { runRestore } = await import("../actions/run-restore.ts");
        await runRestore({ ...options, sources }, context);
      },
    );
  addPointGrammar(command);
  addExamples(command, [
    [
      "tidemark restore orders --at 2026-11-21T10:00:00Z --into postgres://me@localhost/orders_restored",
      "the state just before a mistake, beside the original",
    ],
    [
      "tidemark restore orders --archive ./tidemark/archive --at latest --into env:TARGET_URL",
      "the day the host and its configuration are gone",
    ],
  ]);
}
