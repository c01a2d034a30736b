import type { Command } from "commander";
import type { SourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples, addPointGrammar } from "../help.ts";
import {
  archiveOption,
  identityOption,
  memoryOption,
  sourceArgument,
} from "../options.ts";
import { parseCount } from "../parse-count.ts";
import type { VerifyCommandOptions } from "../verify-options.ts";
import { parsePoint } from "../../core/point.ts";

export function defineVerify(program: Command, context: CommandContext): void {
  const command = program
    .command("verify")
    .helpGroup(GROUPS.look)
    .summary("prove that an archive is whole, or equal to a database")
    .description(
      "Reads everything in the archive: the chain of the catalog from its first entry, every segment and base, with their hashes, records and row counts. With --against, folds the history and compares every table with a database: the live source at a position taken now, or, with --at, a database that stands still. Exit code 9 when anything is wrong.",
    )
    .addArgument(sourceArgument())
    .option(
      "--against <target>",
      "compare with a database: `source`, or a target as in restore --into",
    )
    .option(
      "--at <point>",
      "where the database of --against stands; not with the live source",
      parsePoint,
    )
    .option(
      "--against-password-file <file>",
      "the password for a URL given to --against",
    )
    .addOption(memoryOption("512MiB"))
    .option(
      "--streams <n>",
      "tables folded and read at the same time",
      parseCount,
      2,
    )
    .option("--no-record", "do not write an entry into the catalog")
    .addOption(archiveOption())
    .addOption(identityOption())
    .action(async (source: SourceName, options: VerifyCommandOptions) => {
      const { runVerify } = await import("../actions/run-verify.ts");
      await runVerify({ ...options, source }, context);
    });
  addPointGrammar(command);
  addExamples(command, [
    ["tidemark verify orders", "every object of the archive, once a week"],
    [
      "tidemark verify orders --against source",
      "that the archive says what the database says",
    ],
    [
      "tidemark verify orders --against env:TARGET_URL --at seq:812",
      "a restored database that nobody writes to",
    ],
  ]);
}
