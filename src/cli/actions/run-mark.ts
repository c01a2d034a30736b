import { markersNamed } from "../../archive/resolve-point.ts";
import { selectSources } from "../../config/select-sources.ts";
import { TidemarkError } from "../../core/errors.ts";
import { formatInstant } from "../../core/instant.ts";
import { isMarkerName } from "../../core/point.ts";
import type { SourceName } from "../../core/source-name.ts";
import type { SourceAdmin } from "../../engine/source-admin.ts";
import { requirePreparation } from "../../services/prove-preparation.ts";
import type { CommandContext } from "../context.ts";
import { openSourceAdmin, openSourceCatalog, openStore } from "../wiring.ts";
import { waitForMarker, type Marked } from "./wait-for-marker.ts";

interface MarkedSource extends Marked {
  readonly name: SourceName;
  readonly admin: SourceAdmin;
}

/** A marker that is in no archive is no restore point: exit code 0 says that it is in all of them. */
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
  await using store = await openStore(config.archive);
  const sources = await Promise.all(
    selectSources(config, []).map(async (source) => ({
      name: source.name,
      admin: await openSourceAdmin(source),
      catalog: await openSourceCatalog(store, source.name, context),
    })),
  );
  // A marker that only some sources have is none: one that cannot take it is found before it is in another.
  await Promise.all(
    sources.map((source) => requireReady(name, source, context.signal)),
  );
  const startedAt = context.clock.now();
  await writeEverywhere(name, sources, context.signal);
  const finishedAt = context.clock.now();
  context.output.note(`marker ${name} is written; waiting for its archiving`);
  const waiting = await waitForArchives(name, sources, context.signal);
  if (waiting.length > 0) context.exitWith(10);
  const names = sources.map((source) => source.name);
  const spreadMs = Number((finishedAt - startedAt) / 1000n);
  context.output.result(
    {
      name,
      sources: names,
      spreadMs,
      startedAt: formatInstant(startedAt),
      finishedAt: formatInstant(finishedAt),
      archived: waiting.length === 0,
      waiting,
    },
    () =>
      waiting.length === 0
        ? `marker ${name} is archived: a restore point of ${names.join(", ")}, written within ${spreadMs} ms`
        : [
            `marker ${name} is written into ${names.join(", ")}, and is no restore point yet:`,
            ...waiting.map(({ source, message }) => `  ${source}: ${message}`),
            "it becomes one when `tidemark run` has archived it; do not write it again",
          ].join("\n"),
  );
}

/** Throws where the marker would be lost, or would make an older one ambiguous. */
async function requireReady(
  name: string,
  { name: source, admin, catalog }: MarkedSource,
  signal: AbortSignal,
): Promise<void> {
  await requirePreparation({ source, admin }, signal);
  // A slot that is gone or invalid keeps no log: nothing that is written now could ever be archived.
  await admin.startPosition(signal);
  const [marker] = catalog.isEmpty ? [] : markersNamed(catalog.state, name);
  if (marker === undefined) return;
  throw new TidemarkError(
    "USAGE",
    `${source} has a marker ${name} already, at seq ${marker.seq}`,
    { hint: "take another name: one that is there twice is ambiguous" },
  );
}

/** The sources that do not have it in their archives, and why. */
async function waitForArchives(
  name: string,
  sources: readonly MarkedSource[],
  signal: AbortSignal,
): Promise<readonly { readonly source: string; readonly message: string }[]> {
  const found = await Promise.all(
    sources.map(async (source) => ({
      source: source.name,
      message: await waitForMarker(name, source, signal),
    })),
  );
  return found.flatMap(({ source, message }) =>
    message === undefined ? [] : [{ source, message }],
  );
}

async function writeEverywhere(
  name: string,
  sources: readonly Pick<MarkedSource, "name" | "admin">[],
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
