import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeMysql } from "../support/describe-mysql.ts";
import { describePostgres } from "../support/describe-postgres.ts";
import { startMysqlServer } from "../support/mysql-server.ts";
import { startPostgres } from "../support/postgres.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Two sources, and several commands, each a process, on a machine that is busy with others. */
const PATIENCE_MS = 240_000;

const POSTGRES = `
  CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, tags text[], seen timestamptz);
  CREATE TABLE visits (page text, n int);
  INSERT INTO customers (email, tags, seen) SELECT n || '@x', ARRAY['t' || n], '2024-01-01Z' FROM generate_series(1, 2000) AS n;
  INSERT INTO visits VALUES ('home', 1), ('home', 1), (NULL, NULL);
  CREATE VIEW recent AS SELECT * FROM customers`;

const MYSQL = `
  CREATE DATABASE shop CHARACTER SET utf8mb4;
  CREATE TABLE shop.orders (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, status enum('placed', 'paid') NOT NULL DEFAULT 'placed',
    note varchar(50) CHARACTER SET latin1, weight double, at timestamp(6) NULL);
  CREATE TABLE shop.items (order_id bigint unsigned NOT NULL, line int NOT NULL, picture blob, PRIMARY KEY (order_id, line),
    FOREIGN KEY (order_id) REFERENCES shop.orders (id));
  INSERT INTO shop.orders (note, weight, at) VALUES ('€ 1', 1e20, '2024-01-01'), ('ü', 0.1, NULL), (NULL, NULL, NULL);
  INSERT INTO shop.items SELECT id, 1, UNHEX('00ff0a095c5c') FROM shop.orders;
  CREATE VIEW shop.open_orders AS SELECT id FROM shop.orders`;

describePostgres(
  [15],
  ({ major }) => {
    describeMysql(
      ["mysql-9", "mariadb-11.8"],
      ({ version }) => {
        test(
          "each engine's history is restored into the other, once it was said what is not the same there",
          async () => {
            await using postgres = await startPostgres(major);
            await using mysql = await startMysqlServer(version);
            await using admin = await postgres.connect("postgres");
            await admin.query("CREATE DATABASE customers");
            await using customers = await postgres.connect("customers");
            await customers.query(POSTGRES);
            await mysql.query(MYSQL);
            await using shop = mysql.connect("shop");
            await using folder = await tempDirectory();
            await writeFile(
              join(folder.path, "tidemark.yaml"),
              `sources:\n  customers: { postgres: "\${CUSTOMERS_URL}", rpo: 1s }\n  shop: { mysql: "\${SHOP_URL}", rpo: 1s }
archive:\n  - directory: ./archive\nhttp: { listen: "127.0.0.1:0" }\n`,
            );
            const env = {
              CUSTOMERS_URL: postgres.url("customers"),
              SHOP_URL: mysql.url("shop"),
              PGPASSWORD: postgres.password,
            };
            const cli = (...argv: readonly string[]) =>
              spawnCli([...argv, "--json"], { cwd: folder.path, env });
            const die = async (failpoint: string, argv: readonly string[]) => {
              const { signal } = await spawnCli([...argv, "--json"], {
                cwd: folder.path,
                env: { ...env, TIDEMARK_FAILPOINT: failpoint },
              }).ended;
              expect(signal).toBe("SIGKILL");
            };
            const run = async (...argv: readonly string[]) => {
              const { exitCode, stdout, stderr } = await cli(...argv).ended;
              expect(exitCode, stderr).toBe(0);
              return JSON.parse(stdout) as Record<string, unknown>;
            };
            await run("prepare", "customers");
            await run("prepare", "shop");
            const service = cli("run");
            for (const source of ["customers", "shop"])
              await waitUntil(
                `a base of ${source} is taken`,
                async () => {
                  const { exitCode, stdout } = await cli(
                    ...["windows", source, "--archive", "./archive"],
                  ).ended;
                  if (exitCode !== 0) return false;
                  return (
                    (JSON.parse(stdout) as { bases: unknown[] }).bases.length >
                    0
                  );
                },
                PATIENCE_MS,
              );
            // What is folded goes through the mapping too.
            await customers.query(
              `UPDATE customers SET tags = '{"a,b",NULL}', seen = NULL WHERE id = 1; DELETE FROM customers WHERE id > 1500;
               INSERT INTO customers (email) VALUES ('last@x'); DELETE FROM visits WHERE page IS NULL`,
            );
            await shop.query(
              `UPDATE orders SET status = 'paid', note = 'ß' WHERE id = 1; DELETE FROM items WHERE order_id = 2;
               INSERT INTO orders (weight) VALUES (1e-7)`,
            );
            await run("mark", "before");
            await customers.query("DELETE FROM customers");
            await shop.query("DELETE FROM items");

            const intoMysql = [
              ...["restore", "customers", "--at", "marker:before"],
              ...["--into", `mysql://root@127.0.0.1:${mysql.port}/mapped`],
            ];
            const refused = await cli(...intoMysql).ended;
            expect(refused.exitCode).toBe(4);
            expect(refused.stderr).toContain(
              "view public.recent is not mapped",
            );
            expect(refused.stderr).toContain("then add --map");
            const planned = await run(...intoMysql, "--dry-run");
            const remarks = (planned["mapping"] as { remarks: string[] })
              .remarks;
            expect(remarks).toContain(
              "public.customers.tags: text[] becomes json: an array of strings",
            );
            expect(await mysql.query("SHOW DATABASES LIKE 'mapped'")).toEqual(
              [],
            );
            await die("mysql-target.table-loaded:2", [...intoMysql, "--map"]);
            const restored = await run(...intoMysql, "--map");
            expect(restored["mapping"]).toEqual(planned["mapping"]);
            expect(restored["report"]).toMatchObject({ resumed: true });
            const verify = [
              ...["verify", "customers", "--at", "marker:before"],
              ...["--against", `mysql://root@127.0.0.1:${mysql.port}/mapped`],
            ];
            expect(await run(...verify)).toMatchObject({
              ...{ ok: true, differences: 0 },
              tables: [
                { table: "public.customers", archive: { rows: 1501 } },
                { table: "public.visits", archive: { rows: 2 } },
              ],
            });
            await using mapped = mysql.connect("mapped");
            expect(
              await mapped.query(
                "SELECT COUNT(*) AS n, MIN(id) AS a, MAX(id) AS b FROM customers",
              ),
            ).toEqual([{ n: "1501", a: "1", b: "2001" }]);
            expect(
              await mapped.query(
                "SELECT email, CAST(tags AS CHAR) AS tags, seen FROM customers WHERE id IN (1, 2) ORDER BY id",
              ),
            ).toEqual([
              { email: "1@x", tags: '["a,b", null]', seen: null },
              ...[
                {
                  ...{ email: "2@x", tags: '["t2"]' },
                  seen: "2024-01-01 00:00:00.000000",
                },
              ],
            ]);
            expect(await mapped.query("SELECT * FROM visits")).toEqual([
              { page: "home", n: "1" },
              { page: "home", n: "1" },
            ]);
            await mapped.query("INSERT INTO customers (email) VALUES ('new')");
            const other = await cli(...verify).ended;
            expect(other.exitCode).toBe(9);
            expect(JSON.parse(other.stdout)).toMatchObject({
              tables: [
                { equal: false, found: { rows: 1502 } },
                { equal: true },
              ],
            });
            expect(
              await mapped.query(
                "SELECT id FROM customers WHERE email = 'new'",
              ),
            ).toEqual([{ id: "2002" }]);

            const { host, port, user } = postgres;
            const url = (database: string) =>
              `postgres://${user}@${host}:${port}/${database}`;
            const intoPostgres = [
              ...["restore", "shop", "--at", "marker:before"],
              ...["--into", url("mapped")],
            ];
            expect((await cli(...intoPostgres).ended).exitCode).toBe(4);
            await die("target.table-loaded:2", [...intoPostgres, "--map"]);
            expect(
              (await run(...intoPostgres, "--map"))["report"],
            ).toMatchObject({ resumed: true });
            expect(
              await run(
                ...["verify", "shop", "--at", "marker:before"],
                ...["--against", url("mapped")],
              ),
            ).toMatchObject({ ok: true, differences: 0 });
            await using there = await postgres.connect("mapped");
            const orders = await there.query<Record<string, unknown>>(
              "SET TimeZone = 'UTC'; SELECT id::text, status::text, note, weight::text, at::text FROM shop.orders ORDER BY id",
            );
            expect(
              (orders as unknown as { rows: unknown[] }[])[1]?.rows,
            ).toEqual([
              {
                ...{ id: "1", status: "paid", note: "ß", weight: "1e+20" },
                at: "2024-01-01 00:00:00+00",
              },
              {
                ...{ id: "2", status: "placed", note: "ü", weight: "0.1" },
                at: null,
              },
              {
                ...{ id: "3", status: "placed", note: null, weight: null },
                at: null,
              },
              {
                ...{ id: "4", status: "placed", note: null, weight: "1e-07" },
                at: null,
              },
            ]);
            const items = await there.query<Record<string, unknown>>(
              "SELECT order_id::text AS id, picture::text AS picture FROM shop.items ORDER BY 1",
            );
            expect(items.rows).toEqual([
              { id: "1", picture: "\\x00ff0a095c5c" },
              { id: "3", picture: "\\x00ff0a095c5c" },
            ]);
            const same = await cli(
              ...["restore", "shop", "--at", "latest", "--map"],
              ...["--into", `mysql://root@127.0.0.1:${mysql.port}/other`],
            ).ended;
            expect(same.exitCode).toBe(2);
            service.child.kill("SIGTERM");
            expect((await service.ended).exitCode).toBe(0);
          },
          PATIENCE_MS,
        );
      },
      { own: true },
    );
  },
  { own: true },
);
