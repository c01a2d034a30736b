import type { Command } from "commander";
import type { CommandContext } from "../context.ts";
import { GROUPS } from "../groups.ts";
import { addExamples } from "../help.ts";

export function defineRun(program: Command, context: CommandContext): void {
  const command = program
    .command("run")
    .helpGroup(GROUPS.capture)
    .summary("the service: capture, archive, bases, HTTP")
    .description(
      "Keeps the history of every source in the configuration until it is stopped. SIGTERM finishes what is being written and exits 0.",
    )
    .action(async () => {
      const { runService } = await import("../actions/run-service.ts");
      await runService(context);
    });
  addExamples(command, [
    ["tidemark run", "in the foreground; logs go to stderr"],
  ]);
}
