import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openCatalog } from "../../src/archive/catalog.ts";
import { parsePosition, isAtOrBefore } from "../../src/core/position.ts";
import { parseSourceName } from "../../src/core/source-name.ts";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { slowHeapGrowth } from "../../src/platform/heap-growth.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import { runSource } from "../../src/services/run-source.ts";
import { openDirectoryStore } from "../../src/storage/directory/directory-store.ts";
import { enginePartsOf } from "./engine-parts.ts";
import { peakBytes } from "./run-script.ts";

/*
 * One process: capture + journal (fdatasync) + archive (zstd, directory) of a backlog, up to a position. Prints one JSON line.
 * Usage: drain-tidemark.ts <url> <source> <end position> <directory>
 */
const [url, name, end, directory] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
slowHeapGrowth();
const source = parseSourceName(name);
const { admin, openChanges } = enginePartsOf(source, url);
await mkdir(directory, { recursive: true });
const store = await openDirectoryStore({
  directory: join(directory, "archive"),
});
await using journal = await openDirectoryJournal({
  directory: join(directory, "journal"),
});
const options = {
  store,
  source,
  clock: systemClock,
  by: "bench",
  logger: silentLogger,
};
const done = new AbortController();
const target = parsePosition(end);
let rows = 0;
const startedMs = performance.now();
const startedCpu = process.cpuUsage();
let tookMs = 0;
try {
  await runSource(
    {
      source,
      admin,
      tables: [],
      openChanges,
      journal,
      store,
      catalog: await openCatalog(options, done.signal),
      rpoMs: 10_000,
      shutdownMs: 0,
      workFolder: join(directory, "work"),
      logger: silentLogger,
      onArchived: (segment) => {
        for (const table of segment.tables)
          rows += table.inserts + table.updates + table.deletes;
        if (!isAtOrBefore(target, parsePosition(segment.last.position))) return;
        tookMs = performance.now() - startedMs;
        done.abort();
      },
    },
    done.signal,
  );
} catch (error) {
  if (!done.signal.aborted) throw error;
}
const cpu = process.cpuUsage(startedCpu);
console.log(
  JSON.stringify({
    seconds: tookMs / 1000,
    rows,
    cpuMicros: cpu.user + cpu.system,
    peakBytes: peakBytes(),
  }),
);
