import { mkdir } from "node:fs/promises";
import { openCatalog } from "../../src/archive/catalog.ts";
import { bySeq, findLastCommit } from "../../src/archive/find-commit.ts";
import { TableHistories } from "../../src/archive/table-history.ts";
import { parseSourceName } from "../../src/core/source-name.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import { planRestore } from "../../src/restore/plan-restore.ts";
import { restore } from "../../src/restore/restore.ts";
import { openDirectoryStore } from "../../src/storage/directory/directory-store.ts";
import { openTarget } from "./engine-parts.ts";
import { peakBytes } from "./run-script.ts";

/*
 * One process: a restore of an archive's head into a new database. Prints one JSON line.
 * Usage: restore-tidemark.ts <archive directory> <source> <target url> <work folder>
 */
const [directory, name, url, workFolder] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const source = parseSourceName(name);
const signal = AbortSignal.timeout(3_600_000);
const store = await openDirectoryStore({ directory });
await mkdir(workFolder, { recursive: true });
const catalog = await openCatalog(
  { store, source, clock: systemClock, by: "bench", logger: silentLogger },
  signal,
);
const archive = { state: catalog.state, store, workFolder };
const at = await findLastCommit(archive, bySeq(catalog.state.head.seq), signal);
const plan = planRestore(catalog.state, new TableHistories(catalog.state), {
  at,
  tables: undefined,
});
await using target = openTarget(url);
const startedMs = performance.now();
const report = await restore(
  {
    archive,
    plan,
    partial: false,
    target,
    sources: [],
    memoryBytes: 512 * 1024 * 1024,
    streams: 2,
    logger: silentLogger,
    onProgress: () => undefined,
  },
  signal,
);
await target.dropLedger(signal);
console.log(
  JSON.stringify({
    seconds: (performance.now() - startedMs) / 1000,
    phases: report.phases,
    rows: report.rows,
    changes: report.changes,
    peakBytes: peakBytes(),
  }),
);
