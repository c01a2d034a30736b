import { describe, expect, it } from "vitest";
import type { JournalRecord } from "../../src/core/journal-record.ts";
import type { Journal } from "../../src/journal/journal.ts";
import {
  begunWriter,
  orderShape,
  orders,
  partFacts,
  progressAfter,
  readBatches,
  readParts,
  shapeRecord,
  startAt,
  tableShape,
  transaction,
  transactions,
} from "../support/journal-samples.ts";
import { never } from "../support/never.ts";

/** An empty journal of its own for one test. */
export interface JournalUnderTest extends AsyncDisposable {
  readonly journal: Journal;
  /** The same journal through another handle, as another process has it. */
  again(): Promise<Journal>;
}

const MIB = 1024 * 1024;

/** The port's suite: every adapter runs it. */
export function describeJournal(
  name: string,
  make: () => Promise<JournalUnderTest>,
): void {
  describe(`${name} keeps its head`, () => {
    it("has none before it is begun, and takes no records", async () => {
      await using under = await make();
      await using writer = await under.journal.openWriter(orders, never);
      expect(writer.head).toBeUndefined();
      expect(await under.journal.find(orders, 0, never)).toBeUndefined();
      await expect(writer.append(transaction(1), never)).rejects.toMatchObject({
        code: "INTERNAL",
      });
    });

    it("remembers what it was begun with while it is empty", async () => {
      await using under = await make();
      {
        await using writer = await under.journal.openWriter(orders, never);
        await writer.begin(startAt(812), never);
      }
      await using again = await under.again();
      await using writer = await again.openWriter(orders, never);
      const start = startAt(812);
      expect(writer.head).toEqual({
        ...start,
        progressedTo: start.position,
        progressedAt: start.committedAt,
      });
      expect(await again.find(orders, 812, never)).toEqual(start);
    });

    it("moves with whole transactions and progress, and opens there", async () => {
      await using under = await make();
      {
        await using writer = await begunWriter(under.journal);
        await writer.append(transactions(1, 3), never);
        expect(writer.head).toMatchObject(startAt(3));
        await writer.append([progressAfter(3)], never);
        await writer.append(transaction(4, { parts: 3 }).slice(0, 2), never);
      }
      await using again = await under.again();
      await using writer = await again.openWriter(orders, never);
      expect(writer.head).toEqual({
        ...startAt(3),
        progressedTo: progressAfter(3).position,
        progressedAt: progressAfter(3).at,
      });
    });

    it("refuses what does not continue it, and goes on", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal, 10);
      await writer.append(transactions(11, 12), never);
      const [, second] = transaction(13, { parts: 2 });
      const wrong: (readonly JournalRecord[])[] = [
        transaction(12),
        transaction(14),
        [...transactions(13, 14), ...transaction(14)],
        second === undefined ? [] : [second],
        [progressAfter(11)],
        transaction(13, { shape: tableShape(99) }),
      ];
      for (const records of wrong) {
        const refused = writer.append(records, never);
        await expect(refused).rejects.toMatchObject({ code: "INTERNAL" });
        expect(writer.head?.seq).toBe(12);
      }
      await writer.append(transactions(13, 14), never);
      expect(writer.head).toMatchObject(startAt(14));
      expect(partFacts(await readParts(under.journal, 10, 14))).toEqual(
        partFacts(transactions(11, 14)),
      );
    });

    it("writes nothing for an append that was cancelled before it began", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal);
      const cancelled = writer.append(transaction(1), AbortSignal.abort("no"));
      await expect(cancelled).rejects.toBe("no");
      expect(writer.head?.seq).toBe(0);
    });

    it("has one writer at a time", async () => {
      await using under = await make();
      await using first = await begunWriter(under.journal);
      await using again = await under.again();
      const opened = await again.openWriter(orders, never).then(
        (writer) => writer,
        (error: unknown) => error,
      );
      if (opened instanceof Error) {
        expect(opened).toMatchObject({ code: "JOURNAL_LOCKED" });
        await first.append(transaction(1), never);
      } else {
        await expect(first.append(transaction(1), never)).rejects.toMatchObject(
          { code: "FENCED" },
        );
      }
    });
  });

  describe(`${name} is read`, () => {
    it("in order, byte for byte, each shape once and before its use", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal);
      const wider = tableShape(1, ["added"]);
      const sent = [
        ...transactions(1, 2),
        ...transaction(3, { shape: wider, parts: 2 }),
        ...transaction(4),
      ];
      await writer.append(sent.slice(0, 2), never);
      await writer.append([{ kind: "shape", shape: wider }], never);
      await writer.append(sent.slice(2), never);
      for (const handle of [under.journal, await under.again()]) {
        const records = (await readBatches(handle, 0, 4)).flat();
        const parts = records.filter((record) => record.kind === "part");
        expect(partFacts(parts)).toEqual(partFacts(sent));
        expectShapesBeforeUse(records);
        const shapes = records.filter((record) => record.kind === "shape");
        expect(shapes.map(({ shape }) => shape)).toEqual([orderShape, wider]);
      }
    });

    it("from any transaction on, each read with the shapes it needs", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal, 100);
      for (let seq = 101; seq <= 120; seq++)
        await writer.append(transaction(seq), never);
      for (let after = 100; after < 120; after++) {
        const records = (await readBatches(under.journal, after, 120)).flat();
        expectShapesBeforeUse(records);
        const parts = records.filter((record) => record.kind === "part");
        expect(partFacts(parts)).toEqual(
          partFacts(transactions(after + 1, 120)),
        );
      }
    });

    it("with the progress that follows the transaction it begins after", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal);
      await writer.append([...transactions(1, 2), progressAfter(2)], never);
      await writer.append(transaction(3), never);
      const records = (await readBatches(under.journal, 2, 3)).flat();
      const progress = records.filter(({ kind }) => kind === "progress");
      expect(progress).toEqual([progressAfter(2)]);
      expect(records.at(-1)).toMatchObject({ kind: "part" });
    });

    it("without attempts that never ended", async () => {
      await using under = await make();
      {
        await using writer = await begunWriter(under.journal);
        await writer.append(
          [...transaction(1), ...half(transaction(2, { parts: 4 }))],
          never,
        );
        // The same writer begins it again: its source was connected anew.
        const again = transaction(2, { parts: 4, attempt: 77 });
        await writer.append(half(again), never);
      }
      const rest = transaction(2, { parts: 4, attempt: 77 }).slice(2);
      const whole = transaction(2, { parts: 4, attempt: 78 });
      await using again = await under.again();
      await using writer = await again.openWriter(orders, never);
      for (const parts of [rest, whole.slice(2)]) {
        await expect(
          writer.append([shapeRecord, ...parts], never),
        ).rejects.toMatchObject({ code: "INTERNAL" });
      }
      await writer.append([shapeRecord, ...whole], never);
      expect(partFacts(await readParts(again, 0, 2))).toEqual(
        partFacts([...transaction(1), ...whole]),
      );
    });

    it("following the writer, in this process and in another", async () => {
      await using under = await make();
      await using again = await under.again();
      const here = readParts(under.journal, 5, 40);
      const there = readParts(again, 5, 40);
      await using writer = await begunWriter(under.journal, 5);
      for (let seq = 6; seq <= 40; seq++) {
        for (const part of transaction(seq, { parts: 1 + (seq % 3) }))
          await writer.append([part], never);
      }
      const sent = [];
      for (let seq = 6; seq <= 40; seq++)
        sent.push(...transaction(seq, { parts: 1 + (seq % 3) }));
      expect(partFacts(await here)).toEqual(partFacts(sent));
      expect(partFacts(await there)).toEqual(partFacts(sent));
    });

    it("in batches of bounded bytes, however large the transaction", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal);
      const parts = transaction(1, { parts: 80, valueBytes: MIB / 4 });
      for (let at = 0; at < parts.length; at += 7)
        await writer.append(parts.slice(at, at + 7), never);
      const batches = await readBatches(under.journal, 0, 1);
      for (const batch of batches) {
        const bytes = batch.map((each) =>
          each.kind === "part" ? each.bytes.length : 0,
        );
        expect(bytes.reduce((a, b) => a + b, 0)).toBeLessThan(8 * MIB);
      }
      const read = batches.flat().filter((record) => record.kind === "part");
      expect(partFacts(read)).toEqual(partFacts(parts));
    });

    it("until the signal aborts, with its reason", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal);
      await writer.append(transaction(1), never);
      const stop = new AbortController();
      const reading = under.journal.read(orders, 0, stop.signal);
      const iterator = reading[Symbol.asyncIterator]();
      expect((await iterator.next()).done).toBe(false);
      const next = iterator.next();
      stop.abort("enough");
      await expect(next).rejects.toBe("enough");
    });

    it("with JOURNAL_GAP before its start and beyond its head", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal, 10);
      await writer.append(transactions(11, 12), never);
      for (const after of [0, 9, 13, 1000]) {
        const reading = readParts(under.journal, after, after + 1);
        await expect(reading, `${after}`).rejects.toMatchObject({
          code: "JOURNAL_GAP",
        });
      }
    });

    it.each([12, 50])(
      "with JOURNAL_GAP when it is begun anew at %s meanwhile",
      async (seq) => {
        await using under = await make();
        await using writer = await begunWriter(under.journal, 10);
        await writer.append(transactions(11, 12), never);
        const handles = [under.journal, await under.again()];
        const readings = handles.map((handle) => {
          const reading = handle.read(orders, 11, never);
          return reading[Symbol.asyncIterator]();
        });
        for (const reading of readings)
          expect((await reading.next()).done).toBe(false);
        const next = Promise.allSettled(readings.map((each) => each.next()));
        await writer.begin(startAt(seq), never);
        await writer.append(transactions(seq + 1, seq + 2), never);
        for (const settled of await next) {
          expect(settled).toMatchObject({
            status: "rejected",
            reason: { code: "JOURNAL_GAP" },
          });
        }
      },
    );
  });

  describe(`${name} finds, trims and begins anew`, () => {
    it("finds each transaction it has", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal, 20);
      await writer.append(transactions(21, 25), never);
      await writer.append(transaction(26, { parts: 5 }), never);
      await writer.append(half(transaction(27, { parts: 2 })), never);
      for (const handle of [under.journal, await under.again()]) {
        for (let seq = 20; seq <= 26; seq++)
          expect(await handle.find(orders, seq, never)).toEqual(startAt(seq));
        expect(await handle.find(orders, 19, never)).toBeUndefined();
        expect(await handle.find(orders, 27, never)).toBeUndefined();
      }
    });

    it("keeps the newest transaction whatever is trimmed", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal);
      for (let seq = 1; seq <= 60; seq++)
        await writer.append(transaction(seq, { valueBytes: 200 }), never);
      await under.journal.trim(orders, 1_000_000, never);
      expect(await under.journal.find(orders, 60, never)).toEqual(startAt(60));
      const newest = await readParts(under.journal, 59, 60);
      expect(partFacts(newest)).toEqual(
        partFacts(transaction(60, { valueBytes: 200 })),
      );
      await writer.append(transaction(61), never);
      expect(partFacts(await readParts(under.journal, 60, 61))).toEqual(
        partFacts(transaction(61)),
      );
    });

    it("keeps everything after the transaction trimmed to", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal);
      for (let seq = 1; seq <= 60; seq++) {
        await writer.append(transaction(seq), never);
        await under.journal.trim(orders, seq - 10, never);
      }
      expect(partFacts(await readParts(under.journal, 50, 60))).toEqual(
        partFacts(transactions(51, 60)),
      );
    });

    it("has nothing of what it held before it was begun anew", async () => {
      await using under = await make();
      await using writer = await begunWriter(under.journal, 5);
      await writer.append(transactions(6, 9), never);
      await writer.begin(startAt(7), never);
      expect(writer.head).toMatchObject(startAt(7));
      expect(await under.journal.find(orders, 9, never)).toBeUndefined();
      expect(await under.journal.find(orders, 6, never)).toBeUndefined();
      const other = transaction(8, { attempt: 3 });
      await writer.append(other, never);
      expect(partFacts(await readParts(under.journal, 7, 8))).toEqual(
        partFacts(other),
      );
    });
  });
}

function half<T>(items: readonly T[]): readonly T[] {
  return items.slice(0, Math.ceil(items.length / 2));
}

function expectShapesBeforeUse(records: readonly JournalRecord[]): void {
  const seen = new Set<string>();
  for (const record of records) {
    if (record.kind === "shape") {
      expect(seen.has(record.shape.id)).toBe(false);
      seen.add(record.shape.id);
    }
    if (record.kind !== "part") continue;
    for (const { shape } of record.header.tables)
      expect(seen.has(shape)).toBe(true);
  }
}
