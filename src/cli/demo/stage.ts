import type { CommandContext } from "../context.ts";
import { runTidemark } from "./tidemark-process.ts";
import type { Shop } from "./shop.ts";
import type { Story } from "./story.ts";

/** What every chapter of the demo plays on. */
export interface Stage {
  readonly shop: Shop;
  readonly story: Story;
  readonly context: CommandContext;
}

/** Tells a command, runs it, and tells what it printed (or what `shown` makes of that). */
export async function typeCommand(
  stage: Stage,
  args: readonly string[],
  shown: (printed: string) => string = (printed) => printed,
): Promise<string> {
  const { story, shop, context } = stage;
  story.command(`tidemark ${args.join(" ")}`);
  const printed = await runTidemark(args, shop.shell, context.signal);
  story.printed(shown(printed));
  return printed;
}
