import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findFreePort } from "../../src/cli/demo/free-port.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { startPostgres } from "../support/postgres.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Several commands, each a process, on a machine that is busy with others. */
const PATIENCE_MS = 180_000;

describePostgres(
  [15, 18],
  ({ major }) => {
    test(
      "what is archived is whole, equal to the source, and told while the service runs and after",
      async () => {
        await using server = await startPostgres(major);
        await using postgres = await server.connect("postgres");
        await postgres.query("CREATE DATABASE orders");
        await using orders = await server.connect("orders");
        await orders.query(
          `CREATE TABLE orders (id int PRIMARY KEY, note text NOT NULL);
           CREATE TABLE items (what text, n bigint GENERATED ALWAYS AS IDENTITY);
           INSERT INTO orders SELECT n, 'note ' || n FROM generate_series(1, 2000) AS n`,
        );
        await using folder = await tempDirectory();
        const port = await findFreePort(AbortSignal.timeout(10_000));
        await writeFile(
          join(folder.path, "tidemark.yaml"),
          `sources:\n  orders: { postgres: "\${ORDERS_URL}", rpo: 1s }\narchive: [{ directory: ./archive }]\nhttp: { listen: "127.0.0.1:${port}" }\n`,
        );
        const env = {
          ORDERS_URL: server.url("orders"),
          PGPASSWORD: server.password,
        };
        const cwd = folder.path;
        const run = async (...argv: readonly string[]) => {
          const { exitCode, stdout, stderr } = await spawnCli(
            [...argv, "--json"],
            { cwd, env },
          ).ended;
          const lines = stdout.trimEnd().split("\n");
          const document = JSON.parse(lines.at(-1) ?? "") as Record<
            string,
            unknown
          >;
          return { exitCode, document, lines, stderr };
        };
        expect((await run("prepare", "orders")).exitCode).toBe(0);
        const cold = await run("status");
        expect(cold).toMatchObject({
          exitCode: 10,
          document: {
            degraded: true,
            service: { reachable: false },
            sources: [{ source: "orders", state: "not running" }],
          },
        });

        const service = spawnCli(["run"], { cwd, env });
        await using stack = new AsyncDisposableStack();
        stack.defer(() => void service.child.kill("SIGKILL"));
        const url = `http://127.0.0.1:${port}`;
        await waitUntil("the source is captured", async () => {
          const ready = await fetch(`${url}/readyz`).catch(() => undefined);
          return ready?.status === 200;
        });
        await waitUntil("there is a base", async () => {
          const { exitCode } = await run("status");
          return exitCode === 0;
        });
        await orders.query(
          "BEGIN; SELECT pg_logical_emit_message(true, 'tidemark.context', '{\"user\":\"alice\"}'); UPDATE orders SET note = 'x'; INSERT INTO items (what) VALUES ('tea'), ('tea'); COMMIT",
        );
        await orders.query("DELETE FROM orders WHERE id > 1500");

        const live = await run("verify", "orders", "--against", "source");
        expect(live).toMatchObject({
          exitCode: 0,
          document: {
            ok: true,
            differences: 0,
            recorded: true,
            tables: [
              { table: "public.items", equal: true, found: { rows: 2 } },
              { table: "public.orders", equal: true, found: { rows: 1500 } },
            ],
          },
        });
        const bySql = await run(
          ...[
            "verify",
            "orders",
            "--against",
            server.url("orders").replace(/:[^:@/]*@/, "@"),
          ],
        );
        expect(bySql).toMatchObject({
          exitCode: 0,
          document: { against: "orders, live" },
        });

        const status = await run("status", "orders");
        expect(status).toMatchObject({
          exitCode: 0,
          document: {
            degraded: false,
            service: { reachable: true },
            sources: [
              {
                state: "running",
                degraded: [],
                slotActive: true,
                lastVerify: { kind: "against", ok: true },
              },
            ],
          },
        });
        // Scrapers that ask often get the same answer for a while.
        await waitUntil("the metrics tell it too", async () => {
          const metrics = await (await fetch(`${url}/metrics`)).text();
          return (
            /tidemark_archive_seq\{source="orders"\} [1-9]/.test(metrics) &&
            metrics.includes('tidemark_source_degraded{source="orders"} 0')
          );
        });
        const second = await run("run");
        expect(second.exitCode).not.toBe(0);

        const log = await run("log", "orders", "--context", "user=alice");
        expect(JSON.parse(log.lines[0] ?? "")).toMatchObject({
          rows: 2002,
          tables: [
            { table: "public.orders", updates: 2000 },
            { table: "public.items", inserts: 2 },
          ],
        });
        const windows = await run("windows", "orders");
        expect(windows.document).toMatchObject({
          latest: { seq: expect.any(Number) as number },
          bases: [{ tables: 2 }],
        });

        const restored = server.url("restored").replace(/:[^:@/]*@/, "@");
        const restore = await run(
          ...["restore", "orders", "--at", "latest", "--into", restored],
        );
        expect(restore.exitCode).toBe(0);
        const { seq } = restore.document["reached"] as { seq: number };
        const against = ["verify", "orders", "--against", restored];
        expect((await run(...against)).exitCode).toBe(2);
        const still = [...against, "--at", `seq:${seq}`];
        expect(await run(...still)).toMatchObject({
          exitCode: 0,
          document: { ok: true, seq, recorded: false },
        });
        await using other = await server.connect("restored");
        await other.query(
          "UPDATE orders SET note = 'y' WHERE id = 7; DROP TABLE items",
        );
        expect(await run(...still)).toMatchObject({
          exitCode: 9,
          document: {
            ok: false,
            differences: 2,
            tables: [
              {
                table: "public.items",
                equal: false,
                why: expect.any(String) as string,
              },
              { table: "public.orders", equal: false, found: { rows: 1500 } },
            ],
          },
        });

        service.child.kill("SIGTERM");
        expect(await service.ended).toMatchObject({ exitCode: 0 });
        await expect(fetch(`${url}/healthz`)).rejects.toThrow();
        const archive = await run("verify", "orders");
        expect(archive).toMatchObject({
          exitCode: 0,
          document: { ok: true, findings: [], unnamed: { objects: 0 } },
        });
        // What somebody did to a restored database is not held against the source.
        expect(await run("status")).toMatchObject({
          exitCode: 10,
          document: { sources: [{ degraded: [{ code: "slot-inactive" }] }] },
        });
      },
      PATIENCE_MS,
    );
  },
  { own: true },
);
