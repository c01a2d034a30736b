import { join } from "node:path";
import { openCatalog } from "../../src/archive/catalog.ts";
import { isAtOrBefore, parsePosition } from "../../src/core/position.ts";
import { parseSourceName } from "../../src/core/source-name.ts";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import { sleep } from "../../src/platform/sleep.ts";
import { superviseSource } from "../../src/services/supervise-source.ts";
import { openDirectoryStore } from "../../src/storage/directory/directory-store.ts";
import { enginePartsOf } from "./engine-parts.ts";

/** Runs the service over a source: a base first, then whatever `change` does; resolves when all of it is archived and the source is forgotten. */
export async function archiveSource(
  options: {
    readonly url: string;
    readonly directory: string;
    readonly change: () => Promise<void>;
  },
  signal: AbortSignal,
): Promise<{ readonly archive: string; readonly source: string }> {
  const source = parseSourceName("bench");
  const { admin, reader, openChanges } = enginePartsOf(source, options.url);
  await admin.prepare(await admin.planPrepare(signal), signal);
  const archive = join(options.directory, "archive");
  const store = await openDirectoryStore({ directory: archive });
  await using journal = await openDirectoryJournal({
    directory: join(options.directory, "journal"),
  });
  const stop = new AbortController();
  const identity = { clock: systemClock, logger: silentLogger, by: "bench" };
  const running = superviseSource(
    {
      ...identity,
      source,
      admin,
      store,
      journal,
      reader,
      tables: [],
      openChanges,
      rpoMs: 2_000,
      shutdownMs: 0,
      baseEveryMs: 365 * 24 * 3600_000,
      workFolder: join(options.directory, "work"),
      onState: () => undefined,
    },
    AbortSignal.any([signal, stop.signal]),
  ).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const catalog = await openCatalog({ store, source, ...identity }, signal);
  const until = async (reached: () => boolean) => {
    for (; ; await sleep(200, signal)) {
      await catalog.refresh(signal);
      if (!catalog.isEmpty && reached()) return;
    }
  };
  await until(() => catalog.state.bases.length > 0);
  await options.change();
  const end = await admin.currentPosition(signal);
  await admin.mark("end", signal);
  await until(() =>
    isAtOrBefore(end, parsePosition(catalog.state.progress.position)),
  );
  stop.abort();
  await running;
  await admin.prepare(await admin.planForget(signal), signal);
  return { archive, source };
}
