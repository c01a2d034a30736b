import { afterEach, expect, test } from "vitest";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { readManifest } from "../../../src/archive/base-documents.ts";
import { takeBase, takeDueBase } from "../../../src/base/take-base.ts";
import {
  formatPosition,
  isAtOrBefore,
  parsePosition,
} from "../../../src/core/position.ts";
import { installFailpoint } from "../../../src/platform/failpoints.ts";
import { describePostgres } from "../../support/describe-postgres.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { never } from "../../support/never.ts";
import { prepareDatabase } from "../../support/postgres-source.ts";
import { startService } from "../../support/service.ts";
import { tempDirectory } from "../../support/temp-directory.ts";

afterEach(() => installFailpoint(undefined));

const TABLES = ["a", "b", "c", "d"];
const ONE_ROW_EACH = TABLES.map(
  (name) => `CREATE TABLE ${name} AS SELECT 1 AS id`,
).join(";");

describePostgres([15, 18], (postgres) => {
  test("a base goes on with the tables that were whole when it died, each at its own seq", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: TABLES.map(
        (name) =>
          `CREATE TABLE ${name} AS SELECT g AS id FROM generate_series(1, 10) g`,
      ).join(";"),
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      directory: directory.path,
      rpoMs: 1000,
    });
    await service.archived(
      "there is a first base",
      ({ bases }) => bases.length > 0,
    );
    const catalog = await service.catalog();
    const options = {
      ...service.supervised,
      catalog,
      incarnation: 1,
      scope: "all" as const,
      streams: 1,
    };

    let whole = 0;
    installFailpoint((name) => {
      if (name === "base.copy-written" && ++whole === 2)
        throw new Error("died");
    });
    await expect(takeBase(options, never)).rejects.toThrow("died");
    installFailpoint(undefined);
    await prepared.run("INSERT INTO a VALUES (11); TRUNCATE b");

    const base = await takeBase(options, never);
    const manifest = await readManifest(service.store, base.manifest, never);
    const attempts = manifest.map(({ parts }) =>
      parts.map(({ key }) => /\/(\d{3})-/.exec(key)?.[1]),
    );
    expect(attempts.filter(([attempt]) => attempt === "001")).toHaveLength(2);
    expect(
      attempts.filter(
        ([attempt]) => attempt === "002" || attempt === undefined,
      ),
    ).toHaveLength(2);
    const seqs = new Set(manifest.map(({ seq }) => seq));
    expect(seqs.size).toBe(2);
    expect(catalog.state.bases.at(-1)?.base).toBe(base.base);
  });

  test("a base of several days says again that it is in the making", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: ONE_ROW_EACH,
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 1000 },
    });
    await service.archived("a first base", ({ bases }) => bases.length > 0);
    const { supervised } = service;
    let copied = 0n;
    const clock = {
      now: () => supervised.clock.now() + copied * 13n * 3600n * 1_000_000n,
    };
    const catalog = await openCatalog(
      { ...supervised, clock, by: "test" },
      never,
    );
    installFailpoint((name) => {
      if (name === "base.part-written") copied++;
    });
    const base = await takeBase(
      {
        ...{ ...supervised, clock, catalog, incarnation: 1 },
        ...{ scope: "all", streams: 1 },
      },
      never,
    );
    expect(copied).toBe(4n);
    expect(base.tables).toHaveLength(4);
    expect(catalog.state.intents).toEqual([]);
  });

  test("a gap that is written down between the last look and the base's entry makes it no base", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: ONE_ROW_EACH,
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 50 },
    });
    await service.archived("a first base", ({ bases }) => bases.length > 0);
    const { supervised } = service;
    const store = new FaultyStore(service.store);
    const catalog = await openCatalog({ ...supervised, store }, never);
    const options = {
      ...{ ...supervised, store, catalog, incarnation: 1 },
      ...{ scope: "all" as const, streams: 1 },
    };
    const other = await service.catalog();
    store.onCall = async ({ call, key }) => {
      if (call !== "create" || !key.includes("/manifest-")) return;
      store.onCall = undefined;
      await prepared.admin.heartbeat("gap", never);
      const through = await prepared.admin.currentPosition(never);
      await other.refresh(never);
      const { proved } = other.state;
      await other.append(
        {
          ...{ act: "gap", scope: { kind: "source" }, incarnation: 1 },
          ...{ code: "PREPARATION_CHANGED", detail: {} },
          afterSeq: proved.seq,
          afterPosition: proved.position,
          afterAt: proved.at,
          throughPosition: formatPosition(through),
        },
        never,
      );
    };
    await expect(takeBase(options, never)).rejects.toMatchObject({
      code: "BASE_UNSETTLED",
    });
    const [gap] = other.state.gaps;
    const { manifest } = await takeBase(options, never);
    const tables = await readManifest(service.store, manifest, never);
    expect(tables).toHaveLength(4);
    for (const { position } of tables)
      expect(
        isAtOrBefore(
          parsePosition(position),
          parsePosition(gap?.throughPosition ?? ""),
        ),
      ).toBe(false);
  });

  test("a base that was due is not taken when it is another one's that its turn had waited for", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE a AS SELECT 1 AS id",
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 50 },
    });
    await service.archived("a first base", ({ bases }) => bases.length > 0);
    const { supervised } = service;
    const options = { ...supervised, incarnation: 1, streams: 1 };
    const catalog = await service.catalog();
    const { n } = catalog.state.entry;
    let second: ReturnType<typeof takeDueBase> | undefined;
    const store = new FaultyStore(service.store);
    store.onCall = async ({ call }) => {
      // The first one has its turn.
      if (call === "create")
        second ??= takeDueBase(
          { ...options, catalog },
          ({ bases }) =>
            bases.some((base) => base.n > n) ? undefined : { scope: "all" },
          never,
        );
    };
    const other = await openCatalog({ ...supervised, store }, never);
    await takeBase({ ...options, store, catalog: other, scope: "all" }, never);
    expect(second).toBeDefined();
    expect(await second).toBeUndefined();
    await catalog.refresh(never);
    expect(catalog.state.bases).toHaveLength(2);
  });

  test("a base whose turn is lost ends: another one may have gone on with it", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: "CREATE TABLE a AS SELECT 1 AS id",
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 1000 },
    });
    await service.archived("a first base", ({ bases }) => bases.length > 0);
    const { admin } = service.supervised;
    const catalog = await service.catalog();
    const taken = takeBase(
      {
        ...{ ...service.supervised, incarnation: 1, scope: "all", streams: 1 },
        catalog,
        admin: Object.assign(Object.create(admin), {
          // Its session ends while it waits for the archive, which needs no session.
          heartbeat: () =>
            prepared.run(
              "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'",
            ),
        }) as typeof admin,
      },
      never,
    );
    await expect(taken).rejects.toMatchObject({ code: "SERVER_UNREACHABLE" });
    await catalog.refresh(never);
    expect(catalog.state.bases).toHaveLength(1);
  });

  test("tables that are dropped or lose a column before their turn are no failure", async () => {
    await using prepared = await prepareDatabase(postgres.server, {
      setup: TABLES.map(
        (name) => `CREATE TABLE ${name} AS SELECT 1 AS id, 'x' AS note`,
      ).join(";"),
    });
    await using directory = await tempDirectory();
    await using service = await startService(prepared, {
      ...{ directory: directory.path, rpoMs: 1000 },
    });
    await service.archived("a first base", ({ bases }) => bases.length > 0);
    const { reader } = service.supervised;
    const changes = ["ALTER TABLE a DROP COLUMN note", "DROP TABLE b"];
    const base = await takeBase(
      {
        ...{ ...service.supervised, incarnation: 1, scope: "all", streams: 1 },
        catalog: await service.catalog(),
        reader: {
          openSnapshot: async (options, signal) => {
            const snapshot = await reader.openSnapshot(options, signal);
            for (const sql of changes.splice(0)) await prepared.run(sql);
            return snapshot;
          },
        },
      },
      never,
    );
    const manifest = await readManifest(service.store, base.manifest, never);
    expect(
      manifest.map(({ name, columns }) => [name, columns.length]).sort(),
    ).toEqual([
      ["a", 1],
      ["c", 2],
      ["d", 2],
    ]);
  });
});
