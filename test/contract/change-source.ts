import { describe, expect, it } from "vitest";
import type { Micros } from "../../src/core/instant.ts";
import type { Position } from "../../src/core/position.ts";
import type { TableFilter } from "../../src/core/shape.ts";
import type { ChangeSource } from "../../src/engine/change-source.ts";
import { codeOf } from "../support/caught.ts";
import { SourceReader } from "../support/source-reader.ts";
import { waitUntil } from "../support/wait-until.ts";

/** A source with an empty table `t (id, note)`, its key `id`, and an empty table `u` of the same columns. */
export interface SourceUnderTest extends AsyncDisposable {
  open(options?: {
    readonly includes?: TableFilter;
    readonly queueBytes?: number;
    readonly progressEveryMs?: number;
  }): ChangeSource;
  /** Where reading can begin: before all that a test does. */
  start(): Promise<Position>;
  /** Runs statements as one transaction. */
  run(sql: string): Promise<void>;
  /** As statements: rows of `t` from an id on, each with a note of a thousand bytes. */
  fill(from: number, rows: number): string;
  /** As a statement of a session of its own: a transaction for each id from 3 through 4000. */
  readonly manyCommits: string;
  /** A session that runs statement by statement. */
  session(): Promise<AsyncDisposable & { run(sql: string): Promise<void> }>;
  /** The end of the log now, and then something is written behind it that is no transaction of `t` or `u`. */
  passableEnd(): Promise<Position>;
  isRead(): Promise<boolean>;
  /** A reader that does not answer is cut off after a second; whether the source has heard from it for longer. */
  hasHeardFor(ms: number): Promise<boolean>;
  /** Whether the source waits for the reader to take what it has sent. */
  isHeldUp(): Promise<boolean>;
  /** All processes of the source die at once. */
  kill(): Promise<void>;
  /** The source shuts down in order, and does not wait for ever. */
  stop(): Promise<void>;
  revive(): Promise<void>;
}

const MIB = 1024 * 1024;
const insert = (id: number, note = `n${id}`) =>
  `INSERT INTO t (id, note) VALUES (${id}, '${note}')`;

/** The port's suite: every adapter runs it. */
export function describeChangeSource(
  name: string,
  make: () => Promise<SourceUnderTest>,
): void {
  const notes = (reader: SourceReader) =>
    reader.read.map(({ rows }) =>
      rows.map(({ values }) => String(values[1])).join(),
    );
  const freed = (under: SourceUnderTest) =>
    waitUntil("the source is free", async () => !(await under.isRead()));

  describe(`${name}: what is read`, () => {
    it("is committed, whole, and in the order of commits", async () => {
      await using under = await make();
      const start = await under.start();
      {
        await using first = await under.session();
        await using second = await under.session();
        await using third = await under.session();
        for (const each of [first, second, third]) await each.run("BEGIN");
        await first.run(insert(1, "first"));
        await second.run(insert(2, "second"));
        await third.run(insert(3, "never"));
        await first.run("SAVEPOINT s");
        await first.run(insert(4, "undone"));
        await first.run("ROLLBACK TO SAVEPOINT s");
        await second.run("COMMIT");
        await third.run("ROLLBACK");
        await first.run(insert(5, "also"));
        await first.run("COMMIT");
      }
      await under.run("UPDATE t SET note = 'changed' WHERE id = 1");
      await under.run("DELETE FROM t WHERE id = 2");
      await under.run("TRUNCATE t");
      await using reader = new SourceReader(under.open(), start);
      const read = await reader.transactions(5);
      expect(read.map(({ rows }) => rows.map((row) => row.kind))).toEqual([
        ["insert"],
        ["insert", "insert"],
        ["update"],
        ["delete"],
        ["truncate"],
      ]);
      expect(notes(reader).slice(0, 3)).toEqual([
        "second",
        "first,also",
        "changed",
      ]);
      expect(read[3]?.rows[0]?.values[0]).toBe("2");
    });

    it("is what happens while it is read, too", async () => {
      await using under = await make();
      await using reader = new SourceReader(under.open(), await under.start());
      for (let id = 1; id <= 3; id++) {
        await under.run(insert(id));
        await reader.transactions(id);
      }
      expect(notes(reader)).toEqual(["n1", "n2", "n3"]);
    });

    it("has only the tables asked for, and no transaction without any", async () => {
      await using under = await make();
      const start = await under.start();
      await under.run("INSERT INTO u VALUES (1, 'no')");
      await under.run(`INSERT INTO u VALUES (2, 'no'); ${insert(1)}`);
      await under.run("INSERT INTO u VALUES (3, 'no')");
      const end = await under.passableEnd();
      await using reader = new SourceReader(
        under.open({ includes: (_, table) => table === "t" }),
        start,
      );
      await reader.until("the end", () => reader.hasPassed(end));
      expect(notes(reader)).toEqual(["n1"]);
    });

    it("goes on after any transaction, and after any progress", async () => {
      await using under = await make();
      const start = await under.start();
      for (let id = 1; id <= 4; id++) await under.run(insert(id));
      const places: Position[] = [start];
      {
        const end = await under.passableEnd();
        await using reader = new SourceReader(under.open(), start);
        await reader.until("the end", () => reader.hasPassed(end));
        places.push(...reader.read.map(({ position }) => position), end);
      }
      await under.run(insert(5));
      const all = ["n1", "n2", "n3", "n4", "n5"];
      for (const [index, place] of places.entries()) {
        await freed(under);
        const rest = all.slice(Math.min(index, 4));
        await using reader = new SourceReader(under.open(), place);
        await reader.transactions(rest.length);
        expect(notes(reader), `after ${index}`).toEqual(rest);
      }
    });
  });

  describe(`${name}: progress`, () => {
    it("says no time that a transaction still to come is older than", async () => {
      await using under = await make();
      const start = await under.start();
      await using session = await under.session();
      for (let id = 1; id <= 2; id++) await session.run(insert(id));
      await session.run(under.manyCommits);
      const end = await under.passableEnd();
      await using reader = new SourceReader(
        under.open({ progressEveryMs: 1 }),
        start,
      );
      await reader.until("the end", () => reader.hasPassed(end));
      let said: Micros = 0n;
      for (const item of reader.items) {
        if (item.kind === "progress") said = item.at;
        if (item.kind !== "part" || item.commit === undefined) continue;
        expect(item.commit.rawCommittedAt, item.xid).toBeGreaterThanOrEqual(
          said,
        );
      }
      expect(said).toBeGreaterThan(0n);
    });

    it("goes on while nothing happens", async () => {
      await using under = await make();
      const source = under.open({ progressEveryMs: 20 });
      await using reader = new SourceReader(source, await under.start());
      for (let n = 0; n < 2; n++) {
        const end = await under.passableEnd();
        await reader.until("the end", () => reader.hasPassed(end));
      }
      expect(reader.read).toEqual([]);
    });

    it("never passes a transaction that is open, nor stands inside one", async () => {
      await using under = await make();
      const start = await under.start();
      const source = under.open({ progressEveryMs: 1, queueBytes: MIB });
      await using reader = new SourceReader(source, start);
      await using session = await under.session();
      await session.run("BEGIN");
      await session.run(under.fill(1, 8000));
      const end = await under.passableEnd();
      await reader.until("the end", () => reader.hasPassed(end));
      expect(reader.read).toEqual([]);
      await session.run("COMMIT");
      // The reader checks the order of parts and progress.
      const [transaction] = await reader.transactions(1);
      expect(transaction?.rows).toHaveLength(8000);
    });
  });

  describe(`${name}: a slow reader`, () => {
    it("is not cut off, and holds no more than it was given room for", async () => {
      await using under = await make();
      const start = await under.start();
      for (let n = 0; n < 4; n++)
        await under.run(under.fill(1 + n * 10000, 8000));
      const source = under.open({ queueBytes: MIB });
      await using reader = new SourceReader(source, start);
      await reader.next();
      await waitUntil("the source is held up", () => under.isHeldUp());
      await waitUntil("it still hears from the reader", () =>
        under.hasHeardFor(2500),
      );
      const read = await reader.transactions(4);
      expect(read.map(({ rows }) => rows.length)).toEqual([
        8000, 8000, 8000, 8000,
      ]);
      expect(Math.max(...reader.batches)).toBeLessThan(2 * MIB);
    });
  });

  describe(`${name}: the end of a read`, () => {
    it("comes promptly when it is cancelled, and frees the source", async () => {
      await using under = await make();
      const start = await under.start();
      const stop = new AbortController();
      await using reader = new SourceReader(under.open(), start, stop.signal);
      await under.run(insert(1));
      await reader.transactions(1);
      const rest = reader.until("it is cancelled", () => false);
      stop.abort(new Error("enough"));
      await expect(rest).rejects.toThrow("enough");
      await reader[Symbol.asyncDispose]();
      await freed(under);
    });

    it("comes when it is held up, too", async () => {
      await using under = await make();
      const start = await under.start();
      await under.run(under.fill(1, 8000));
      {
        await using reader = new SourceReader(
          under.open({ queueBytes: 1024 }),
          start,
        );
        await reader.next();
        await waitUntil("the source is held up", () => under.isHeldUp());
      }
      await freed(under);
    });

    it("is none of the first reader's when a second is refused", async () => {
      await using under = await make();
      const start = await under.start();
      await using reader = new SourceReader(under.open(), start);
      await under.run(insert(1));
      await reader.transactions(1);
      await using second = new SourceReader(under.open(), start);
      expect(await codeOf(() => second.next())).toBe("SLOT_BUSY");
      await under.run(insert(2));
      await reader.transactions(2);
    });

    it.each(["kill", "stop"] as const)(
      "is SERVER_UNREACHABLE when the server ends (%s), and nothing is lost",
      async (end) => {
        await using under = await make();
        const start = await under.start();
        {
          await using reader = new SourceReader(under.open(), start);
          await under.run(insert(1));
          await reader.transactions(1);
          const rest = codeOf(() => reader.until("the end", () => false));
          await under.run(insert(2));
          await under[end]();
          expect(await rest).toBe("SERVER_UNREACHABLE");
          await using away = new SourceReader(under.open(), start);
          expect(await codeOf(() => away.next())).toBe("SERVER_UNREACHABLE");
        }
        await under.revive();
        await using reader = new SourceReader(under.open(), start);
        await reader.transactions(2);
        expect(notes(reader)).toEqual(["n1", "n2"]);
      },
    );
  });
}
