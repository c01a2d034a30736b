import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { addExamples } from "../help.ts";
import { GROUPS } from "../groups.ts";
import type { InitOptions } from "../init/run-init.ts";

export function defineInit(program: Command, context: CommandContext): void {
  const command = program
    .command("init")
    .helpGroup(GROUPS.setup)
    .summary("write a commented tidemark.yaml")
    .description(
      "Asks for a database and an archive and writes a commented tidemark.yaml. The file refers to an environment variable; it never holds a secret. An existing file is not overwritten.",
    )
    .option(
      "--from-env <name>",
      "do not ask: the environment variable that holds the database's URL",
    )
    .option("--source <name>", "the name of the source")
    .option(
      "--archive <location>",
      "where the history is kept: a directory, or s3://bucket/prefix",
    )
    .action(async (options: InitOptions) => {
      const { runInit } = await import("../init/run-init.ts");
      await runInit(options, context);
    });
  addExamples(command, [
    [
      "tidemark init --from-env ORDERS_URL",
      "writes tidemark.yaml with a source named orders",
    ],
  ]);
}
