import { describe, expect, it } from "vitest";
import { isAtOrBefore } from "../../src/core/position.ts";
import type { ChangeSource } from "../../src/engine/change-source.ts";
import type { SourceAdmin } from "../../src/engine/source-admin.ts";
import { codeOf } from "../support/caught.ts";
import { never } from "../support/never.ts";
import { SourceReader } from "../support/source-reader.ts";

/** A source that nobody has prepared yet, with tables `t (id, note)` and `u`, and a sequence `s`. */
export interface AdminUnderTest extends AsyncDisposable {
  readonly admin: SourceAdmin;
  changes(): ChangeSource;
  run(sql: string): Promise<void>;
  readonly version: string;
  readonly database: string;
}

/** The port's suite: every adapter runs it. */
export function describeSourceAdmin(
  name: string,
  make: () => Promise<AdminUnderTest>,
): void {
  const prepare = async ({ admin }: AdminUnderTest) =>
    admin.prepare(await admin.planPrepare(never), never);
  const errors = async ({ admin }: AdminUnderTest) =>
    (await admin.diagnose(never))
      .filter(({ severity }) => severity === "error")
      .map(({ code }) => code);
  const steps = async ({ admin }: AdminUnderTest) =>
    (await admin.planPrepare(never)).steps.length;

  describe(`${name}: a source`, () => {
    it("says who it is", async () => {
      await using under = await make();
      const identity = await under.admin.identity(never);
      expect(identity).toMatchObject({
        engine: "postgres",
        timeline: 1,
        database: under.database,
      });
      expect(identity.version.startsWith(under.version)).toBe(true);
      expect(identity).toMatchObject({
        systemIdentifier: expect.stringMatching(/^\d{15,}$/) as string,
      });
      expect(await under.admin.identity(never)).toEqual(identity);
    });

    it("is not prepared, is, and is forgotten", async () => {
      await using under = await make();
      const { admin } = under;
      expect(await errors(under)).not.toEqual([]);
      expect(await codeOf(() => admin.startPosition(never))).toBe(
        "SOURCE_NOT_PREPARED",
      );
      const all = await steps(under);
      await prepare(under);
      expect(await errors(under)).toEqual([]);
      expect(all).toBeGreaterThan(0);
      expect(await steps(under)).toBe(0);
      const start = await admin.startPosition(never);
      expect(isAtOrBefore(start, await admin.currentPosition(never))).toBe(
        true,
      );
      // Once more changes nothing: nobody's place in the log is lost.
      await prepare(under);
      expect(await admin.startPosition(never)).toEqual(start);
      await admin.forget(await admin.planForget(never), never);
      expect((await admin.planForget(never)).steps).toEqual([]);
      expect(await codeOf(() => admin.startPosition(never))).toBe(
        "SOURCE_NOT_PREPARED",
      );
      expect(await steps(under)).toBe(all);
    });

    it("is not forgotten, not even in part, while it is read", async () => {
      await using under = await make();
      await prepare(under);
      const { admin } = under;
      const start = await admin.startPosition(never);
      const reader = new SourceReader(under.changes(), start);
      await under.run("INSERT INTO t VALUES (1, 'one')");
      await reader.transactions(1);
      const plan = await admin.planForget(never);
      expect(await codeOf(() => admin.forget(plan, never))).toBe("SLOT_BUSY");
      expect(await errors(under)).toEqual([]);
      await reader[Symbol.asyncDispose]();
    });

    it("says what it holds back, and for whom", async () => {
      await using under = await make();
      await prepare(under);
      const { admin } = under;
      const before = await admin.retained(never);
      expect(before).toMatchObject({
        slotActive: false,
        confirmed: await admin.startPosition(never),
      });
      await under.run(
        "INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 3000) AS g (n)",
      );
      const { walBytes } = await admin.retained(never);
      expect(walBytes - before.walBytes).toBeGreaterThan(3_000_000);
      const start = await admin.startPosition(never);
      await using reader = new SourceReader(under.changes(), start);
      await reader.transactions(1);
      expect(await admin.retained(never)).toMatchObject({ slotActive: true });
    });
  });

  describe(`${name}: what is written into a source comes back`, () => {
    it("in its place among the transactions, and as events alone", async () => {
      await using under = await make();
      await prepare(under);
      const { admin } = under;
      const start = await admin.startPosition(never);
      await under.run("INSERT INTO t VALUES (1, 'one')");
      await admin.mark("before:the.release", never);
      await admin.heartbeat("idle", never);
      await under.run("INSERT INTO t VALUES (2, 'two')");
      await using reader = new SourceReader(under.changes(), start);
      const read = await reader.transactions(4);
      expect(
        read.map(({ rows }) => rows.map((row) => `${row.kind} ${row.table}`)),
      ).toEqual([
        ["insert t"],
        ["marker before:the.release"],
        ["heartbeat idle"],
        ["insert t"],
      ]);
    });

    it("and of sequences only what moved", async () => {
      await using under = await make();
      await prepare(under);
      const { admin } = under;
      const start = await admin.startPosition(never);
      await under.run("SELECT nextval('s')");
      await admin.recordSequences(never);
      await admin.recordSequences(never);
      await under.run("SELECT nextval('s')");
      await admin.recordSequences(never);
      await admin.mark("end", never);
      await using reader = new SourceReader(under.changes(), start);
      const read = await reader.transactions(3);
      expect(
        read.map(({ rows }) => rows.map((row) => `${row.kind} ${row.table}`)),
      ).toEqual([["sequence public.s"], ["sequence public.s"], ["marker end"]]);
    });

    it("and a name is only a name", async () => {
      await using under = await make();
      await prepare(under);
      const name = `'); DROP TABLE t; -- "ü`;
      await under.admin.mark(name, never);
      const start = await under.admin.startPosition(never);
      await using reader = new SourceReader(under.changes(), start);
      const [read] = await reader.transactions(1);
      expect(read?.rows).toMatchObject([{ kind: "marker", table: name }]);
      await under.run("INSERT INTO t VALUES (1)");
    });
  });
}
