import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CatalogState } from "../../../src/archive/catalog-state.ts";
import { parseInstant } from "../../../src/core/instant.ts";
import { openDirectoryStore } from "../../../src/storage/directory/directory-store.ts";
import { captureCli } from "../../support/capture-cli.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { findPostgresBinaries } from "../../support/postgres-binaries.ts";
import { uniqueName } from "../../support/postgres-client.ts";
import { startPostgres } from "../../support/postgres.ts";
import { openSampleArchive, sampleTime } from "../../support/sample-archive.ts";
import {
  insertOrder,
  ORDERS_SHAPE,
  transaction,
} from "../../support/sample-orders.ts";
import { tempDirectory } from "../../support/temp-directory.ts";
import { Shop, type Refusal } from "./shop.ts";

describePostgres([18], (postgres) => {
  let shop: Shop;
  let state: CatalogState;
  beforeAll(async () => {
    shop = await Shop.open(postgres.server);
    await shop.succeed(["prepare", shop.source]);
    // Before there is a base.
    await shop.order(3);
    const service = await shop.run();
    await shop.untilBase();
    await shop.order(3);
    await shop.succeed(["mark", "once"]);
    // The second way to have it twice: by hand, past the command that refuses it.
    await shop.succeed(["mark", "twice"]);
    await shop.sql("SELECT tidemark.record('marker', 'twice', '{}')");
    state = await shop.untilArchived();
    await service.stop();
    state = await shop.requireState();
  });
  afterAll(() => shop[Symbol.asyncDispose]());

  /** Refused, with neither target nor archive touched. */
  async function refusedAt(
    at: string,
    into = shop.server.url(uniqueName("target")),
  ): Promise<Refusal> {
    const refused = await shop.refused(
      ["restore", shop.source, "--at", at, "--into", "env:INTO_URL"],
      { INTO_URL: into },
    );
    expect(refused.hint, refused.message).not.toBe("");
    const database = new URL(into).pathname.slice(1);
    if (database.startsWith("target_"))
      expect(await shop.databaseExists(database)).toBe(false);
    expect((await shop.requireState()).entry).toEqual(state.entry);
    return refused;
  }

  describe("a point", () => {
    test.each([
      ["yesterday", "yesterday"],
      ["a bare local time", "2026-11-21T10:00:00"],
      ["a time that is none", "2026-02-30T10:00:00Z"],
      ["a number that is none", "seq:abc"],
      ["a negative number", "seq:-1"],
      ["a position that is none", "position:xyz"],
      ["nothing", ""],
    ])("that is %s is refused with the grammar", async (_what, at) => {
      const refused = await refusedAt(at);
      expect(refused).toMatchObject({ exitCode: 2, code: "USAGE" });
      expect(refused.message).toContain(at.replace(/^\w+:/, ""));
    });

    test.each([
      ["a seq", () => `seq:${state.head.seq + 100}`],
      ["before a seq", () => `before:${state.head.seq + 100}`],
      ["a time", () => "2199-01-01T00:00:00Z"],
      ["a position", () => "position:FFFF/0"],
    ])("beyond the head, as %s, names what there is", async (_what, at) => {
      const refused = await refusedAt(at());
      expect(refused).toMatchObject({
        exitCode: 7,
        code: "POINT_UNREACHABLE",
      });
      expect(refused.message).toContain(at().slice(0, 8));
      expect(refused.hint).toContain(`${state.head.seq}`);
    });

    test.each([
      ["a time", "1999-01-01T00:00:00Z"],
      ["a position", "position:0/1"],
      ["a relative time", "9000d-ago"],
      ["before the first", "before:0"],
    ])("before the start, as %s, is refused", async (_what, at) => {
      const refused = await refusedAt(at);
      expect([2, 7]).toContain(refused.exitCode);
      expect(["POINT_UNREACHABLE", "USAGE"]).toContain(refused.code);
    });

    test("before the first base names the nearest that can be had", async () => {
      const first = state.bases[0]?.seq.min ?? 0;
      expect(first).toBeGreaterThan(0);
      const refused = await refusedAt("seq:0");
      expect(refused).toMatchObject({
        exitCode: 7,
        code: "POINT_UNREACHABLE",
      });
      expect(refused.hint).toContain(`seq:${first}`);
    });

    test("that is a marker nobody wrote, or that two wrote", async () => {
      const unknown = await refusedAt("marker:never");
      expect(unknown).toMatchObject({ exitCode: 6, code: "NOT_FOUND" });
      expect(unknown.message).toContain('"never"');
      const twice = await refusedAt("marker:twice");
      expect(twice).toMatchObject({ exitCode: 7, code: "POINT_AMBIGUOUS" });
      const seqs = twice.hint.match(/seq:\d+/g);
      expect(seqs).toHaveLength(2);
      // One of those that the hint names can be had.
      await shop.succeed(
        [
          ...["restore", shop.source, "--at", seqs?.[0] ?? "", "--dry-run"],
          ...["--into", "env:INTO_URL"],
        ],
        { INTO_URL: shop.server.url("nothing") },
      );
    });

    test("over which the source's clock went back is ambiguous", async () => {
      await using directory = await tempDirectory();
      await using store = await openDirectoryStore({
        directory: directory.path,
      });
      await using archive = await openSampleArchive(store);
      await archive.segment(transaction([insertOrder(1)]));
      await archive.base({ shape: ORDERS_SHAPE, parts: [["1\tnote 1"]] });
      const back = (seq: number, to: number) => ({
        ...transaction([insertOrder(seq)]),
        rawCommittedAt: parseInstant(sampleTime(to)),
      });
      await archive.segment(
        transaction([insertOrder(2)]),
        back(3, -100),
        back(4, -90),
        transaction([insertOrder(5)]),
      );
      const ended = await captureCli(
        [
          ...["restore", "orders", "--archive", directory.path, "--json"],
          ...["--at", sampleTime(2).replace(/.{8}Z$/, "1.500000Z")],
          ...["--into", "env:INTO_URL"],
        ],
        { env: { INTO_URL: shop.server.url("target_clock") } },
      );
      expect(ended.exitCode, ended.stderr).toBe(7);
      const { error } = JSON.parse(ended.stdout) as {
        error: { code: string; message: string; hint: string };
      };
      expect(error.code).toBe("POINT_AMBIGUOUS");
      expect(error.message).toContain("3…4");
      expect(error.hint).toContain("before:3");
      expect(await shop.databaseExists("target_clock")).toBe(false);
    });
  });

  describe("a target", () => {
    test("that holds something is left as it is", async () => {
      const target = uniqueName("full");
      await shop.sql(`CREATE DATABASE ${target}`, "postgres");
      await shop.sql(
        "CREATE TABLE mine (id int); INSERT INTO mine VALUES (7)",
        target,
      );
      const refused = await refusedAt("latest", shop.server.url(target));
      expect(refused).toMatchObject({ exitCode: 4, code: "TARGET_NOT_EMPTY" });
      expect(refused.message).toContain(target);
      await using client = await shop.connect(target);
      const { rows } = await client.query(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace OR relname LIKE 'tidemark%'",
      );
      expect(rows).toEqual([{ relname: "mine" }]);
      expect((await client.query("SELECT id FROM mine")).rows).toEqual([
        { id: 7 },
      ]);
    });

    test("that a killed restore had finished is reported, and nothing of it is left", async () => {
      await using temporary = await tempDirectory();
      const target = uniqueName("finished");
      const env = {
        INTO_URL: shop.server.url(target),
        TMPDIR: temporary.path,
      };
      const argv = [
        ...["restore", shop.source, "--at", `seq:${state.head.seq}`],
        ...["--into", "env:INTO_URL"],
      ];
      const killed = await shop.cli(argv, {
        ...env,
        TIDEMARK_FAILPOINT: "restore.completed",
      });
      expect(killed).toMatchObject({ signal: "SIGKILL", stdout: "" });
      expect(await readdir(temporary.path)).toHaveLength(1);
      // Somebody uses the database by now.
      await shop.sql("DELETE FROM orders WHERE id = 1", target);
      const other = await shop.refused(
        argv.map((word) => word.replace(/^seq:/, "before:")),
        env,
      );
      expect(other).toMatchObject({ exitCode: 4, code: "TARGET_NOT_EMPTY" });
      const { report } = (await shop.succeed(argv, env)) as {
        report: { alreadyRestored: boolean; seq: number; rows: number };
      };
      expect(report).toMatchObject({
        alreadyRestored: true,
        seq: state.head.seq,
      });
      expect(report.rows).toBe((await shop.rows(target)).length + 1);
      expect(await readdir(temporary.path)).toEqual([]);
      expect(await shop.refused(argv, env)).toMatchObject({
        code: "TARGET_NOT_EMPTY",
      });
      await using client = await shop.connect(target);
      const { rowCount } = await client.query(
        "SELECT FROM pg_namespace WHERE nspname = 'tidemark_restore'",
      );
      expect(rowCount).toBe(0);
      state = await shop.requireState();
    });

    test("that is the source, also by another name of the host", async () => {
      const rows = await shop.rows();
      for (const url of [
        shop.url,
        shop.url.replace("127.0.0.1", "localhost"),
      ]) {
        const refused = await refusedAt("latest", url);
        expect(refused).toMatchObject({
          exitCode: 4,
          code: "TARGET_IS_SOURCE",
        });
        expect(refused.message).toContain(shop.database);
      }
      expect(await shop.rows()).toEqual(rows);
    });

    test("that may be a source which does not answer", async () => {
      const database = await shop.server.createDatabase();
      const login = new URL(shop.server.url(database));
      login.password = "wrong";
      await shop.configure({
        sources: `  asleep: { postgres: "\${ASLEEP_URL}" }`,
      });
      const into = (url: string) =>
        shop.cli(
          ["restore", shop.source, "--at", "seq:5", "--into", "env:INTO_URL"],
          { INTO_URL: url, ASLEEP_URL: login.href },
        );
      try {
        const refused = await into(shop.server.url(database));
        expect(refused, refused.stderr).toMatchObject({ exitCode: 4 });
        expect(refused.stdout).toContain("TARGET_IS_SOURCE");
        expect(refused.stdout).toContain("the source asleep");
        await using client = await shop.connect(database);
        const { rowCount } = await client.query(
          "SELECT FROM pg_class WHERE relname IN ('orders', 'plan')",
        );
        expect(rowCount).toBe(0);
        const other = await into(shop.server.url(uniqueName("beside")));
        expect(other, other.stderr).toMatchObject({ exitCode: 0 });
      } finally {
        await shop.configure();
      }
      state = await shop.requireState();
    });

    test("that is the source, without a configuration", async () => {
      await using elsewhere = await tempDirectory();
      const ended = await captureCli(
        [
          ...["restore", shop.source, "--archive", shop.archive, "--json"],
          ...["--at", "latest", "--into", "env:INTO_URL"],
        ],
        { env: { INTO_URL: shop.url, HOME: elsewhere.path } },
      );
      expect(ended.exitCode).toBe(4);
      expect(ended.stdout).toContain("TARGET_IS_SOURCE");
    });

    test.each([
      {
        how: "a wrong password",
        change: (url: string) => url.replace(/:[^:@/]+@/, ":wrong@"),
        expected: { exitCode: 8, code: "ACCESS_DENIED" },
      },
      {
        how: "a port where nobody listens",
        change: (url: string) => url.replace(/:\d+\//, ":1/"),
        expected: { exitCode: 8, code: "SERVER_UNREACHABLE" },
      },
    ])("with $how", async ({ change, expected }) => {
      const refused = await refusedAt(
        "latest",
        change(shop.url).replace(/\/[^/]+$/, "/target_away"),
      );
      expect(refused).toMatchObject(expected);
      expect(refused.message).toContain("target_away");
    });

    test("that this role may not create", async () => {
      const role = uniqueName("role");
      await shop.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'pass'`);
      const url = new URL(shop.server.url(uniqueName("target")));
      url.username = role;
      url.password = "pass";
      const refused = await refusedAt("latest", url.href);
      expect(refused).toMatchObject({ exitCode: 4, code: "RIGHT_MISSING" });
      expect(refused.message).toContain("create database");
      expect(refused.hint).toContain("CREATEDB");
      await shop.sql(`ALTER ROLE ${role} CREATEDB`);
      await shop.succeed(
        ["restore", shop.source, "--at", "latest", "--into", "env:INTO_URL"],
        { INTO_URL: url.href },
      );
      state = await shop.requireState();
    });

    test.runIf(findPostgresBinaries(14))(
      "that is older than the source",
      async () => {
        await using older = await startPostgres(14);
        const refused = await refusedAt("latest", older.url("target_older"));
        expect(refused).toMatchObject({
          exitCode: 4,
          code: "TARGET_UNSUITABLE",
        });
        expect(refused.message).toContain("Postgres 14");
        await using client = await older.connect("postgres");
        const { rowCount } = await client.query(
          "SELECT FROM pg_database WHERE datname = 'target_older'",
        );
        expect(rowCount).toBe(0);
      },
    );

    test("a name, a password in argv, a table that there is not", async () => {
      const name = await shop.refused([
        ...["restore", shop.source, "--at", "latest", "--into", "nosuch"],
      ]);
      expect(name, JSON.stringify(name)).toMatchObject({
        exitCode: 6,
        code: "NOT_FOUND",
      });
      const argv = await shop.refused([
        ...["restore", shop.source, "--at", "latest", "--into", shop.url],
      ]);
      expect(argv).toMatchObject({ exitCode: 2, code: "USAGE" });
      expect(argv.message).not.toContain(new URL(shop.url).password);
      const table = await shop.refused(
        [
          ...[
            "restore",
            shop.source,
            "--at",
            "latest",
            "--table",
            "public.nosuch",
          ],
          ...["--into", "env:INTO_URL"],
        ],
        { INTO_URL: shop.server.url("nothing") },
      );
      expect(table).toMatchObject({ exitCode: 6, code: "NOT_FOUND" });
      expect(table.hint).toContain("orders");
    });
  });

  test("an archive that is not there", async () => {
    const empty = join(shop.folder, "empty");
    const refused = await shop.refused(
      [
        ...["restore", shop.source, "--archive", empty, "--at", "latest"],
        ...["--into", "env:INTO_URL"],
      ],
      { INTO_URL: shop.server.url("nothing") },
    );
    expect(refused.exitCode).toBe(6);
    expect(refused.message).toContain("empty");
    await writeFile(join(shop.folder, "file"), "no folder");
    const file = await shop.refused(
      [
        ...["restore", shop.source, "--at", "latest"],
        ...["--archive", join(shop.folder, "file"), "--into", "env:INTO_URL"],
      ],
      { INTO_URL: shop.server.url("nothing") },
    );
    expect([6, 8]).toContain(file.exitCode);
    expect(file.message).toContain("file");
  });
});
