import { describe, expect, it } from "vitest";
import {
  isAtOrBefore,
  isSamePosition,
  type Position,
} from "../../src/core/position.ts";
import type { TableFilter } from "../../src/core/shape.ts";
import type { SourceLineage } from "../../src/core/database-identity.ts";
import type { Snapshot, TableReader } from "../../src/engine/table-reader.ts";
import type { ChangeSource } from "../../src/engine/change-source.ts";
import { caught } from "../support/caught.ts";
import { never } from "../support/never.ts";
import { SourceReader } from "../support/source-reader.ts";

/** A source with an empty table `t (id, note)`, its key `id`, and an empty table `u` of the same columns. */
export interface ReaderUnderTest extends AsyncDisposable {
  open(includes?: TableFilter): TableReader;
  /** The stream of the same source. */
  changes(): ChangeSource;
  run(sql: string): Promise<void>;
  session(): Promise<AsyncDisposable & { run(sql: string): Promise<void> }>;
  end(): Promise<Position>;
  identity(): Promise<SourceLineage>;
  /** Fills `t` with so many rows of 500 bytes. */
  fill(rows: number): Promise<void>;
  /** What a snapshot has to wait for, under way in a session of its own until that is ended. */
  holdUp(): Promise<AsyncDisposable & { end(): Promise<void> }>;
}

/** What is done to a table whose copy is under way, and what is said of it then; undefined: nothing. */
export type Disturbing = readonly [
  what: string,
  sql: string,
  why: RegExp | undefined,
];

const OPTIONS = { streams: 2, timeoutMs: 30_000 };

/** The port's suite: every adapter runs it. */
export function describeTableReader(
  name: string,
  make: () => Promise<ReaderUnderTest>,
  disturbances: readonly Disturbing[],
): void {
  const rowsOf = async (snapshot: Snapshot, table = "t") => {
    const chunks: Buffer[] = [];
    for await (const chunk of snapshot.rows(tableOf(snapshot, table), never))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  };

  describe(`${name}: a snapshot`, () => {
    it("holds what was committed when it was opened, for as long as it is open", async () => {
      await using under = await make();
      await under.run("INSERT INTO t VALUES (1, 'one'), (2, NULL)");
      await using snapshot = await under.open().openSnapshot(OPTIONS, never);
      await under.run(
        "UPDATE t SET note = 'later'; INSERT INTO t VALUES (3, NULL)",
      );
      expect(await rowsOf(snapshot)).toBe("1\tone\n2\t\\N\n");
      expect(await rowsOf(snapshot)).toBe("1\tone\n2\t\\N\n");
      await using second = await under.open().openSnapshot(OPTIONS, never);
      expect(await rowsOf(second)).toBe("1\tlater\n2\tlater\n3\t\\N\n");
      expect(isAtOrBefore(snapshot.position, second.position)).toBe(true);
      expect(isSamePosition(snapshot.position, second.position)).toBe(false);
    });

    it("says of which database it is, as the source's admin does", async () => {
      await using under = await make();
      await using snapshot = await under.open().openSnapshot(OPTIONS, never);
      expect(await under.identity()).toMatchObject(snapshot.identity);
    });

    it("and the stream behind its position make the whole, under any writers", async () => {
      await using under = await make();
      const stop = new AbortController();
      let id = 0;
      const writer = async () => {
        await using session = await under.session();
        while (!stop.signal.aborted) {
          await session.run("BEGIN");
          for (let n = 0; n < 3; n++)
            await session.run(`INSERT INTO t VALUES (${++id}, 'x')`);
          await session.run(id % 5 === 0 ? "ROLLBACK" : "COMMIT");
        }
      };
      const writers = [writer(), writer(), writer()];
      await using snapshot = await under.open().openSnapshot(OPTIONS, never);
      const base = (await rowsOf(snapshot)).split("\n").slice(0, -1);
      stop.abort();
      await Promise.all(writers);
      const end = await under.end();
      await under.run("INSERT INTO u VALUES (1, 'end')");
      await using stream = new SourceReader(under.changes(), snapshot.position);
      await stream.until("the end", () => stream.hasPassed(end));
      const later = stream.read.flatMap(({ rows }) =>
        rows
          .filter(({ table }) => table === "t")
          .map(({ values }) => values.join("\t")),
      );
      await using whole = await under.open().openSnapshot(OPTIONS, never);
      expect([...base, ...later].sort()).toEqual(
        (await rowsOf(whole)).split("\n").slice(0, -1).sort(),
      );
    });

    it("has the tables asked for, each with its shape and definition", async () => {
      await using under = await make();
      const only = under.open((_, table) => table === "u");
      await using snapshot = await only.openSnapshot(OPTIONS, never);
      expect(snapshot.tables).toMatchObject([
        {
          name: "u",
          shape: {
            identity: "KEY",
            columns: [{ name: "id" }, { name: "note" }],
          },
        },
      ]);
      expect(snapshot.definitions.tables.map((table) => table.name)).toEqual([
        "u",
      ]);
    });

    it("copies more tables than it has streams", async () => {
      await using under = await make();
      await under.run(
        "INSERT INTO t VALUES (1, 't'); INSERT INTO u VALUES (2, 'u')",
      );
      await using snapshot = await under
        .open()
        .openSnapshot({ ...OPTIONS, streams: 1 }, never);
      const all = ["t", "u", "t", "u"].map((table) => rowsOf(snapshot, table));
      expect(await Promise.all(all)).toEqual([
        ...["1\tt\n", "2\tu\n", "1\tt\n", "2\tu\n"],
      ]);
    });

    it("survives a copy that is cancelled, and one that is left", async () => {
      await using under = await make();
      await under.fill(20_000);
      await using snapshot = await under
        .open()
        .openSnapshot({ ...OPTIONS, streams: 1 }, never);
      const stop = new AbortController();
      const copy = async () => {
        for await (const chunk of snapshot.rows(
          tableOf(snapshot, "t"),
          stop.signal,
        ))
          stop.abort(new Error(chunk.length > 0 ? "enough" : "empty"));
      };
      await expect(copy()).rejects.toThrow("enough");
      for await (const chunk of snapshot.rows(tableOf(snapshot, "t"), never))
        if (chunk.length > 0) break;
      const rows = await rowsOf(snapshot);
      expect(rows.split("\n")).toHaveLength(20_001);
    });

    it("does not wait for ever for what is under way, and names it", async () => {
      await using under = await make();
      await using held = await under.holdUp();
      const error = await caught(() =>
        under.open().openSnapshot({ streams: 1, timeoutMs: 300 }, never),
      );
      expect(error.code).toBe("BASE_UNSETTLED");
      expect(error.message).toMatch(/(pid|session) \d+/);
      await held.end();
      await using snapshot = await under.open().openSnapshot(OPTIONS, never);
      expect(await rowsOf(snapshot)).toBe("1\t\\N\n");
    });

    it("ends its wait when it is cancelled", async () => {
      await using under = await make();
      await using _held = await under.holdUp();
      const stop = new AbortController();
      const opening = under.open().openSnapshot(OPTIONS, stop.signal);
      stop.abort(new Error("enough"));
      await expect(opening).rejects.toThrow("enough");
    });
  });

  describe(`${name}: a copy was disturbed`, () => {
    it.each(disturbances)("%s", async (_, sql, why) => {
      await using under = await make();
      await under.run("INSERT INTO t VALUES (1, 'one')");
      await using snapshot = await under.open().openSnapshot(OPTIONS, never);
      const table = tableOf(snapshot, "t");
      expect(await snapshot.disturbance(table, never)).toBeUndefined();
      await under.run(sql);
      const found = await snapshot.disturbance(table, never);
      if (why === undefined) expect(found).toBeUndefined();
      else expect(found).toMatch(why);
    });
  });
}

function tableOf(snapshot: Snapshot, name: string) {
  const table = snapshot.tables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table;
}
