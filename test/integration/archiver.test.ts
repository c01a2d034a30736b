import { expect, test } from "vitest";
import type { SegmentAct } from "../../src/archive/acts.ts";
import { openCatalog } from "../../src/archive/catalog.ts";
import { formatPosition } from "../../src/core/position.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import { Archiver } from "../../src/services/archiver.ts";
import { journalFolder } from "../support/journal-files.ts";
import {
  begunWriter,
  orders,
  progressAfter,
  startAt,
  transaction,
} from "../support/journal-samples.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { never } from "../support/never.ts";
import { catalogOptions, SAMPLE_SOURCE } from "../support/sample-catalog.ts";
import { tempDirectory } from "../support/temp-directory.ts";

test("a progress from before the archived head is not written behind it, though its time is the head's", async () => {
  await using folder = await journalFolder();
  await using work = await tempDirectory();
  const store = new MemoryStore();
  const catalog = await openCatalog(catalogOptions(store), never);
  const { seq, position, rollingHash } = startAt(0);
  const start = { seq, position: formatPosition(position), rollingHash };
  await catalog.begin({ act: "source", source: SAMPLE_SOURCE, start }, never);
  const journal = await folder.open();
  await using writer = await begunWriter(journal);
  // The progress has the time of the first transaction, to the microsecond, and lies before its end.
  await writer.append([progressAfter(0, 1n), ...transaction(1)], never);
  const stop = new AbortController();
  const archived: number[] = [];
  const options = {
    source: orders,
    incarnation: 1,
    journal,
    store,
    writer: await catalog.takeEpoch(SAMPLE_SOURCE, never),
    workFolder: work.path,
    rpoMs: 0,
    logger: silentLogger,
    prove: async () => true,
    acknowledge: () => undefined,
    onArchived: ({ last }: SegmentAct) => {
      archived.push(last.seq);
      if (last.seq === 2) stop.abort();
      else void writer.append(transaction(2), never);
    },
  };
  const archiver = new Archiver(options);
  await expect(archiver.run(stop.signal)).rejects.toThrow("aborted");
  expect(archived).toEqual([1, 2]);
});
