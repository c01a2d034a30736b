import type { Command } from "commander";
import { parseCount } from "../parse-count.ts";
import type { SourceName } from "../../core/source-name.ts";
import type { LogCommandOptions } from "../actions/run-log.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples, addPointGrammar } from "../help.ts";
import {
  archiveOption,
  fromOption,
  identityOption,
  sourceArgument,
  tableOption,
  toOption,
} from "../options.ts";

export function defineLog(program: Command, context: CommandContext): void {
  const command = program
    .command("log")
    .helpGroup(GROUPS.look)
    .summary("which transactions there were, and what each changed")
    .description(
      "Lists the transactions of a range, oldest first: when, how many rows of which tables each inserted, updated and deleted, and its markers, DDL and contexts. With --changes every row before and after.",
    )
    .addArgument(sourceArgument())
    .addOption(fromOption())
    .addOption(toOption())
    .addOption(tableOption("only those that touch this table; may be repeated"))
    .option(
      "--key <value>",
      "only those that touch this row of --table: the key's value, or column=value; may be repeated",
      (text: string, before: readonly string[] | undefined) => [
        ...(before ?? []),
        text,
      ],
    )
    .option(
      "--context <text>",
      "only those whose context has this text, or name=value of a JSON context",
    )
    .option("--limit <n>", "only so many, the newest", parseCount)
    .option("--changes", "every changed row, before and after")
    .option("--all", "also Tidemark's own: heartbeats, readings of sequences")
    .addOption(archiveOption())
    .addOption(identityOption())
    .action(async (source: SourceName, options: LogCommandOptions) => {
      const { runLog } = await import("../actions/run-log.ts");
      await runLog({ ...options, source }, context);
    });
  addPointGrammar(command);
  addExamples(command, [
    ["tidemark log orders --from 10m-ago", "find the transaction that did it"],
    [
      "tidemark log orders --table public.orders --key 42 --changes",
      "what became of one row",
    ],
  ]);
}
