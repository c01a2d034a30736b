import { parseCount } from "../parse-count.ts";
import type { Command } from "commander";
import type { SourceName } from "../../core/source-name.ts";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";
import { sourceArgument } from "../options.ts";

export function defineBase(program: Command, context: CommandContext): void {
  const command = program
    .command("base")
    .helpGroup(GROUPS.capture)
    .summary("take a full copy of a source now")
    .description(
      "Copies every captured table while writers write, each at an exact transaction. `tidemark run` has to be running: a base counts only once the archive has passed it.",
    )
    .addArgument(sourceArgument())
    .option("--streams <n>", "tables copied at the same time", parseCount, 2)
    .action(
      async (source: SourceName, options: { readonly streams: number }) => {
        const { runBase } = await import("../actions/run-base.ts");
        await runBase({ source, ...options }, context);
      },
    );
  addExamples(command, [
    ["tidemark base orders", "a fresh base before a large migration"],
  ]);
}
