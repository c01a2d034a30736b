import { Option, type Command } from "commander";
import type { CommandContext } from "../context.ts";
import type { DemoOptions } from "../demo/run-demo.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";
import { parseCount } from "../parse-count.ts";

export function defineDemo(program: Command, context: CommandContext): void {
  const command = program
    .command("demo")
    .helpGroup(GROUPS.setup)
    .summary("break a small shop and restore it, in a minute")
    .description(
      "Starts a Postgres of its own with two small services, lets somebody forget a WHERE, finds the transaction, restores to just before it and proves that all is as it was. Needs no server, no container engine and no root; with --mysql one service is on a server of yours. It stops what it starts and removes what it makes.",
    )
    .option("--directory <directory>", "where, instead of a temporary one")
    .option("--keep", "keep the directory, to look around in it")
    .option(
      "--mysql <target>",
      "put the orders on this server of MySQL or MariaDB, in a schema that the demo makes and drops",
    )
    .addOption(hidden("--users <n>", "users at the start", 3_000))
    .addOption(hidden("--orders <n>", "orders at the start", 30_000))
    .addOption(hidden("--seconds <n>", "of traffic before the mistake", 4))
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import("../demo/run-demo.ts");
      await runDemo(options, context);
    });
  addExamples(command, [
    ["tidemark demo", "the whole story"],
    [
      "tidemark demo --mysql mysql://root@127.0.0.1:3306/",
      "orders on MySQL; its password in MYSQL_PWD",
    ],
    [
      "tidemark demo --keep --directory ./shop",
      "keep its archive and look around",
    ],
  ]);
}

/** For tests: a smaller shop. */
function hidden(flags: string, what: string, fallback: number): Option {
  return new Option(flags, what)
    .argParser(parseCount)
    .default(fallback)
    .hideHelp();
}
