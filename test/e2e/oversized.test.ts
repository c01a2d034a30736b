import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { CatalogState } from "../../src/archive/catalog-state.ts";
import { readCatalog } from "../../src/archive/read-catalog.ts";
import { parseSourceName } from "../../src/core/source-name.ts";
import { openDirectoryStore } from "../../src/storage/directory/directory-store.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { never } from "../support/never.ts";
import { uniqueName } from "../support/postgres-client.ts";
import { startPostgres } from "../support/postgres.ts";
import { spawnCli, type EndedCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

const MIB = 1024 * 1024;
const SOURCE = parseSourceName("orders");

/** Ordinary days: captured, archived and restored in bounded memory. Generous bounds; the figures are printed. */
const CASES = [
  {
    major: 15,
    what: "a transaction of two million rows",
    change: `INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, 2000000) AS g (n)`,
    boundBytes: 400 * MIB,
  },
  {
    major: 18,
    what: "a value of 100 MB",
    change: `INSERT INTO t SELECT 1, string_agg(md5(n::text), '') FROM generate_series(1, 3125000) AS g (n)`,
    boundBytes: 1200 * MIB,
  },
] as const;

for (const { major, what, change, boundBytes } of CASES) {
  describePostgres(
    [major],
    () => {
      test(`${what} is captured, archived and restored in bounded memory`, async () => {
        await using server = await startPostgres(major);
        await using folder = await tempDirectory();
        const cwd = folder.path;
        const database = await server.createDatabase();
        await using client = await server.connect(database);
        await client.query("CREATE TABLE t (id int PRIMARY KEY, note text)");
        await writeFile(
          join(cwd, "tidemark.yaml"),
          `sources:\n  orders:\n    postgres: "\${ORDERS_URL}"\n    rpo: 1s\n` +
            `journal:\n  directory: ./journal\narchive:\n  - directory: ./archive\n`,
        );
        const restored = uniqueName("restored");
        const env = {
          ORDERS_URL: server.url(database),
          TARGET_URL: server.url(restored),
        };
        const cli = (...argv: string[]) => spawnCli(argv, { cwd, env });
        succeeded(await cli("prepare", "orders").ended);
        const service = cli("run");
        const capture = watchPeak(service.child.pid);
        try {
          await archived(cwd, "a base", ({ bases }) => bases.length > 0);
          await client.query(change);
          const mark = await cli("mark", "done").ended;
          // 10: not archived while the command waited, which is waited for here.
          expect([0, 10], mark.stderr).toContain(mark.exitCode);
          await archived(cwd, "the marker", ({ segments }) =>
            segments.some(({ events }) =>
              events.some(({ name }) => name === "done"),
            ),
          );
        } finally {
          service.child.kill("SIGTERM");
          await service.ended;
        }
        const restore = cli(
          ...["restore", "orders", "--at", "marker:done"],
          ...["--into", "env:TARGET_URL"],
        );
        const restoring = watchPeak(restore.child.pid);
        succeeded(await restore.ended);
        const peaks = {
          capture: await capture,
          restore: await restoring,
        };
        console.log(
          `${what}: run ${Math.round(peaks.capture / MIB)} MiB, restore ${Math.round(peaks.restore / MIB)} MiB at most`,
        );
        await using target = await server.connect(restored);
        const digest =
          "SELECT count(*), sum(hashtextextended(t::text, 0)) AS sum FROM t";
        expect((await target.query(digest)).rows).toEqual(
          (await client.query(digest)).rows,
        );
        expect(peaks.capture).toBeGreaterThan(0);
        expect(peaks.capture).toBeLessThan(boundBytes);
        // Besides what a restore is given for its fold: --memory, 512 MiB.
        expect(peaks.restore).toBeGreaterThan(0);
        expect(peaks.restore).toBeLessThan(boundBytes + 512 * MIB);
      }, 300_000);
    },
    { own: true },
  );
}

function succeeded(ended: EndedCli): void {
  expect(ended, ended.stderr).toMatchObject({ exitCode: 0 });
}

async function archived(
  cwd: string,
  what: string,
  condition: (state: CatalogState) => boolean,
): Promise<void> {
  await using store = await openDirectoryStore({
    directory: join(cwd, "archive"),
  });
  await waitUntil(
    what,
    async () => {
      const state = await readCatalog({ store, source: SOURCE }, never);
      return state !== undefined && condition(state);
    },
    240_000,
  );
}

/** The most memory that a process had, once it has ended. */
async function watchPeak(pid: number | undefined): Promise<number> {
  let peak = 0;
  for (;;) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(status) ?? [];
      if (kilobytes === undefined) return peak;
      peak = Number(kilobytes) * 1024;
    } catch {
      return peak;
    }
    await delay(20);
  }
}
