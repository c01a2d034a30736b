import { truncate, stat } from "node:fs/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { EncodedPart } from "../../../../src/core/journal-record.ts";
import type {
  Journal,
  JournalWriter,
} from "../../../../src/journal/journal.ts";
import {
  filePaths,
  framePlaces,
  journalFolder,
  type JournalFolder,
} from "../../../support/journal-files.ts";
import {
  orders,
  partFacts,
  progressAfter,
  readParts,
  startAt,
  tableShape,
  transaction,
} from "../../../support/journal-samples.ts";
import { never } from "../../../support/never.ts";

type Step =
  /** A transaction in `parts` parts, `together` of them in each append. */
  | { do: "commit"; parts: number; together: number; table: number }
  | { do: "abandon"; parts: number }
  | { do: "progress" }
  | { do: "trim"; back: number }
  | { do: "begin"; ahead: number }
  /** Closes the writer, tears `bytes` of what was not acknowledged onto the file, opens it. */
  | { do: "reopen"; torn: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("commit" as const),
      parts: fc.integer({ min: 1, max: 6 }),
      together: fc.integer({ min: 1, max: 4 }),
      table: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("abandon" as const),
      parts: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "progress" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("trim" as const),
      back: fc.integer({ min: 0, max: 5 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("begin" as const),
      ahead: fc.integer({ min: -3, max: 10 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("reopen" as const),
      torn: fc.integer({ min: 0, max: 300 }),
    }),
  },
);

const shapes = [1, 2, 3].map((table) => tableShape(table));

/** The journal, and what it must hold. */
class Run {
  private readonly folder: JournalFolder;
  private journal: Journal;
  private writer: JournalWriter;
  private attempt = 1;
  begun = 0;
  head = 0;
  trimmed = 0;
  readonly parts = new Map<number, EncodedPart[]>();

  constructor(folder: JournalFolder, journal: Journal, writer: JournalWriter) {
    this.folder = folder;
    this.journal = journal;
    this.writer = writer;
  }

  async step(step: Step): Promise<void> {
    switch (step.do) {
      case "commit": {
        const parts = this.next(step.parts, step.table);
        for (let at = 0; at < parts.length; at += step.together)
          await this.writer.append(parts.slice(at, at + step.together), never);
        this.head++;
        this.parts.set(this.head, parts);
        return;
      }
      case "abandon":
        return this.writer.append(
          this.next(step.parts + 1, 1).slice(0, -1),
          never,
        );
      case "progress":
        return this.writer.append([progressAfter(this.head)], never);
      case "trim":
        this.trimmed = Math.max(this.trimmed, this.head - step.back);
        return this.journal.trim(orders, this.head - step.back, never);
      case "begin":
        return this.begin(Math.max(0, this.head + step.ahead));
      case "reopen":
        return this.reopen(step.torn);
    }
  }

  private next(parts: number, table: number): EncodedPart[] {
    const shape = shapes[table - 1] ?? tableShape(table);
    const attempt = this.attempt++;
    return transaction(this.head + 1, { parts, attempt, shape });
  }

  private async begin(seq: number): Promise<void> {
    await this.writer.begin(startAt(seq), never);
    this.begun = this.head = seq;
    this.trimmed = 0;
    this.parts.clear();
  }

  async giveShapes(): Promise<void> {
    const records = shapes.map((shape) => ({ kind: "shape", shape }) as const);
    await this.writer.append(records, never);
  }

  /** A process that died while it appended. */
  private async reopen(torn: number): Promise<void> {
    if (torn > 0) {
      await this.writer.append(this.next(3, 2).slice(0, 2), never);
      await this.writer[Symbol.asyncDispose]();
      const path = (await filePaths(this.folder.source)).at(-1) ?? "";
      const last = (await framePlaces(path)).at(-1);
      const { size } = await stat(path);
      if (last !== undefined && last.offset > 64)
        await truncate(path, Math.max(last.offset, size - torn));
    }
    await this.writer[Symbol.asyncDispose]();
    this.journal = await this.folder.open();
    this.writer = await this.journal.openWriter(orders, never);
    await this.giveShapes();
  }

  async check(): Promise<void> {
    expect(this.writer.head).toMatchObject(startAt(this.head));
    const other = await this.folder.open();
    const from = Math.max(this.begun, Math.min(this.trimmed, this.head - 1));
    for (const journal of [this.journal, other]) {
      if (this.head === from) continue;
      const expected: EncodedPart[] = [];
      for (let seq = from + 1; seq <= this.head; seq++)
        expected.push(...(this.parts.get(seq) ?? []));
      const read = await readParts(journal, from, this.head);
      expect(partFacts(read)).toEqual(partFacts(expected));
      const middle = from + Math.ceil((this.head - from) / 2);
      expect(await journal.find(orders, middle, never)).toEqual(
        startAt(middle),
      );
    }
    expect(await other.find(orders, this.head + 1, never)).toBeUndefined();
  }
}

it("whatever is appended, trimmed, torn and opened again, exactly the whole transactions are there", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(steps, { maxLength: 25 }),
      fc.constantFrom(1, 700, 64 * 1024 * 1024),
      async (plan, rollBytes) => {
        await using folder = await journalFolder({ rollBytes });
        const journal = await folder.open();
        const writer = await journal.openWriter(orders, never);
        await writer.begin(startAt(0), never);
        const run = new Run(folder, journal, writer);
        await run.giveShapes();
        for (const step of plan) await run.step(step);
        await run.check();
        await run.step({ do: "reopen", torn: 0 });
        await run.check();
      },
    ),
    { numRuns: 60 },
  );
});
