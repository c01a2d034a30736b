import { TidemarkError } from "../../core/errors.ts";
import { formatInstant } from "../../core/instant.ts";
import { isMarkerName } from "../../core/point.ts";
import type { SourceName } from "../../core/source-name.ts";
import type { SourceAdmin } from "../../engine/source-admin.ts";
import { requirePreparation } from "../../services/prove-preparation.ts";
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
  const sources = await Promise.all(
    [...config.sources.values()].map(async (source) => ({
      name: source.name,
      admin: await openSourceAdmin(source),
    })),
  );
  // A marker that only some sources have is none: one that cannot take it is found before it is in another.
  await Promise.all(
    sources.map((source) =>
      requirePreparation(
        { source: source.name, admin: source.admin },
        context.signal,
      ),
    ),
  );
  const startedAt = context.clock.now();
  await writeEverywhere(name, sources, context.signal);
  const finishedAt = context.clock.now();
  const names = sources.map((source) => source.name);
  const spreadMs = Number((finishedAt - startedAt) / 1000n);
  context.output.result(
    {
      name,
      sources: names,
      spreadMs,
      startedAt: formatInstant(startedAt),
      finishedAt: formatInstant(finishedAt),
    },
    () =>
      `marker ${name} is in ${names.join(", ")}, written within ${spreadMs} ms`,
  );
}

async function writeEverywhere(
  name: string,
  sources: readonly {
    readonly name: SourceName;
    readonly admin: SourceAdmin;
  }[],
  signal: AbortSignal,
): Promise<void> {
  const results = await Promise.allSettled(
    sources.map(({ admin }) => admin.mark(name, signal)),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed === undefined) return;
  const error: unknown = failed.reason;
  const written = sources.filter((_, n) => results[n]?.status === "fulfilled");
  if (written.length === 0 || !(error instanceof TidemarkError)) throw error;
  const has = written.map((source) => source.name);
  throw new TidemarkError(
    error.code,
    `${error.message}; the marker ${name} is in ${has.join(", ")} already`,
    {
      cause: error,
      hint: `mend that${error.hint === undefined ? "" : ` (${error.hint})`}, and take another name: one that is there twice is ambiguous`,
      details: { ...error.details, written: has },
    },
  );
}
