import { TidemarkError } from "../../core/errors.ts";
import { formatInstant } from "../../core/instant.ts";
import { isMarkerName } from "../../core/point.ts";
import type { CommandContext } from "../context.ts";
import { openSourceAdmin } from "../wiring.ts";

export async function runMark(
  options: { readonly name: string },
  context: CommandContext,
): Promise<void> {
  const { name } = options;
  if (!isMarkerName(name)) {
    throw new TidemarkError("USAGE", `"${name}" is not a name for a marker`, {
      hint: "letters, digits and _ . : @ + -, up to 200 of them",
    });
  }
  const config = await context.config();
  const admins = await Promise.all(
    [...config.sources.values()].map(openSourceAdmin),
  );
  const startedAt = context.clock.now();
  await Promise.all(admins.map((admin) => admin.mark(name, context.signal)));
  const finishedAt = context.clock.now();
  const sources = [...config.sources.keys()];
  const spreadMs = Number((finishedAt - startedAt) / 1000n);
  context.output.result(
    {
      name,
      sources,
      spreadMs,
      startedAt: formatInstant(startedAt),
      finishedAt: formatInstant(finishedAt),
    },
    () =>
      `marker ${name} is in ${sources.join(", ")}, written within ${spreadMs} ms`,
  );
}
