import { appendFile, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Journal } from "../../src/journal/journal.ts";
import {
  JOURNAL_FAILPOINTS,
  type JournalFailpoint,
} from "../../src/journal/directory/journal-failpoints.ts";
import { runChild } from "../support/child-process.ts";
import { filePaths, journalFolder } from "../support/journal-files.ts";
import {
  begunWriter,
  orders,
  partFacts,
  readParts,
  shapeRecord,
  startAt,
  transaction,
  transactions,
} from "../support/journal-samples.ts";
import { never } from "../support/never.ts";

/** What the journal holds before the child opens it. */
const BEFORE = 3;

interface Death {
  readonly signal: string | null;
  /** The last transaction that the child was told is durable. */
  readonly acknowledged: number;
  /** It died in `begin`: the head may be the old one or the new one. */
  readonly beginning: boolean;
}

async function runToDeath(
  source: string,
  failpoint: JournalFailpoint,
  times: number,
): Promise<Death> {
  const { signal, lines } = await runChild(
    "journal-crash-child.ts",
    ...[source, failpoint, `${times}`],
  );
  const heads = lines.filter((line) => line.startsWith("head "));
  return {
    signal,
    acknowledged: Number(heads.at(-1)?.slice(5) ?? BEFORE),
    beginning: lines.at(-1) === "beginning",
  };
}

/** A journal with transactions 1 to BEFORE, and the half of one more write. */
async function prepare(): Promise<Awaited<ReturnType<typeof journalFolder>>> {
  const folder = await journalFolder();
  {
    await using writer = await begunWriter(await folder.open());
    await writer.append(transactions(1, BEFORE), never);
  }
  const [path = ""] = await filePaths(folder.source);
  const bytes = await readFile(path);
  await appendFile(path, bytes.subarray(64, 64 + 50));
  return folder;
}

/** As the child wrote it. */
function expected(seq: number) {
  if (seq <= BEFORE) return transaction(seq);
  return transaction(seq, { parts: seq > 100 ? 2 : 3 });
}

async function checkWhole(journal: Journal, head: number): Promise<void> {
  let from = head;
  while (from > 0 && (await journal.find(orders, from - 1, never))) from--;
  if (from === head) return;
  const all = [];
  for (let seq = from + 1; seq <= head; seq++) all.push(...expected(seq));
  expect(partFacts(await readParts(journal, from, head))).toEqual(
    partFacts(all),
  );
}

const cases = JOURNAL_FAILPOINTS.flatMap((failpoint) =>
  [1, 2].map((times) => ({ failpoint, times })),
);

it.each(cases)(
  "a process killed at $failpoint, time $times, has lost nothing that it was told is durable",
  async ({ failpoint, times }) => {
    await using folder = await prepare();
    const { signal, acknowledged, beginning } = await runToDeath(
      folder.source,
      failpoint,
      times,
    );
    // Some places are come to only once.
    if (times === 1) expect(signal).toBe("SIGKILL");
    const journal = await folder.open();
    await using writer = await journal.openWriter(orders, never);
    const head = writer.head?.seq ?? -1;
    const possible = [acknowledged, acknowledged + 1];
    expect(beginning ? [acknowledged, 100] : possible).toContain(head);
    expect(writer.head).toMatchObject(startAt(head));
    await checkWhole(journal, head);
    expect(await readdir(join(folder.source, "work"))).toEqual([]);
    if (head >= 100)
      expect(await journal.find(orders, BEFORE, never)).toBeUndefined();
    const more = transactions(head + 1, head + 2);
    await writer.append([shapeRecord, ...more], never);
    const read = await readParts(await folder.open(), head, head + 2);
    expect(partFacts(read)).toEqual(partFacts(more));
  },
);
