import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeMysql } from "../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../support/mysql-binaries.ts";
import { startMysqlServer, type TestMysql } from "../support/mysql-server.ts";
import { spawnCli } from "../support/spawn-cli.ts";
import { tempDirectory } from "../support/temp-directory.ts";
import { waitUntil } from "../support/wait-until.ts";

/** Several commands, each a process, on a machine that is busy with others. */
const PATIENCE_MS = 180_000;

const SCHEMA = `
  CREATE DATABASE shop CHARACTER SET utf8mb4;
  CREATE TABLE shop.orders (
    id int AUTO_INCREMENT PRIMARY KEY,
    status enum('placed', 'paid', 'cancelled') NOT NULL DEFAULT 'placed',
    total decimal(10, 2) NOT NULL,
    weight float,
    note text,
    at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    KEY by_status (status, at)
  );
  CREATE TABLE shop.items (
    order_id int NOT NULL,
    line int NOT NULL,
    picture blob,
    PRIMARY KEY (order_id, line),
    FOREIGN KEY (order_id) REFERENCES shop.orders (id)
  );
  CREATE TABLE shop.visits (page varchar(20), seen int);
  CREATE VIEW shop.open_orders AS SELECT id, total FROM shop.orders WHERE status = 'placed';
  INSERT INTO shop.orders (total, weight, note)
    SELECT a.n * 10 + b.n + 0.25, (a.n + 1) / 3, CONCAT('Notiz\t\\\\ ü ', a.n)
      FROM (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) a,
           (SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) b;
  INSERT INTO shop.items SELECT id, 1, UNHEX('00ff0a095c5c') FROM shop.orders;
  INSERT INTO shop.visits VALUES ('home', 1), ('home', 1), (NULL, NULL)`;

const CONTENTS = [
  "SELECT id, status, total, weight + 0e0 AS weight, HEX(note) AS note, at FROM orders ORDER BY id",
  "SELECT order_id, line, HEX(picture) AS picture FROM items ORDER BY order_id, line",
  "SELECT page, seen FROM visits ORDER BY page, seen",
  "SELECT id, total FROM open_orders ORDER BY id",
];

async function contents(server: TestMysql, schema: string) {
  await using client = server.connect(schema);
  const found: unknown[] = [];
  for (const sql of CONTENTS) found.push(await client.query(sql));
  return found;
}

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    test(
      "a schema is captured, and restored beside itself and on another server, to before a mistake",
      async () => {
        await using server = await startMysqlServer(version);
        await using other = await startMysqlServer(version);
        await server.query(SCHEMA);
        await using folder = await tempDirectory();
        await writeFile(
          join(folder.path, "tidemark.yaml"),
          `sources:\n  shop: { mysql: "\${SHOP_URL}", rpo: 1s }
archive:\n  - directory: ./archive\nhttp: { listen: "127.0.0.1:0" }\n`,
        );
        const cli = (...argv: readonly string[]) =>
          spawnCli([...argv, "--json"], {
            cwd: folder.path,
            env: { SHOP_URL: server.url("shop") },
          });
        const run = async (...argv: readonly string[]) => {
          const { exitCode, stdout, stderr } = await cli(...argv).ended;
          expect(exitCode, stderr).toBe(0);
          return JSON.parse(stdout) as Record<string, unknown>;
        };
        await run("prepare", "shop");
        const service = cli("run");
        await waitUntil(
          "a base is taken",
          async () => {
            const { exitCode, stdout } = await cli(
              ...["windows", "shop", "--archive", "./archive"],
            ).ended;
            if (exitCode !== 0) return false;
            const { bases } = JSON.parse(stdout) as { bases: unknown[] };
            return bases.length > 0;
          },
          PATIENCE_MS,
        );
        await using shop = server.connect("shop");
        await shop.query(
          `UPDATE orders SET status = 'paid' WHERE id < 10;
           INSERT INTO orders (total, weight) VALUES (1e6, 1.1e-30);
           START TRANSACTION;
             INSERT INTO visits VALUES ('shop', 7);
             SAVEPOINT one; DELETE FROM visits; ROLLBACK TO one;
             UPDATE items SET line = 2 WHERE order_id = 3;
             DELETE FROM visits WHERE page = 'home' LIMIT 1;
           COMMIT;
           START TRANSACTION; DELETE FROM items; ROLLBACK;
           TRUNCATE visits;
           INSERT INTO visits VALUES ('again', 2147483647)`,
        );
        const before = await contents(server, "shop");
        await run("mark", "before");
        await shop.query(
          "UPDATE orders SET status = 'cancelled'; DELETE FROM items",
        );
        await run("mark", "after");
        const restore = (into: string) =>
          run(...["restore", "shop", "--at", "marker:before", "--into", into]);
        const at = (of: TestMysql, schema: string) =>
          `mysql://root@127.0.0.1:${of.port}/${schema}`;
        await restore(at(server, "shop_before"));
        expect(await contents(server, "shop_before")).toEqual(before);
        await restore(at(other, ""));
        expect(await contents(other, "shop")).toEqual(before);
        await run("verify", "shop", "--against", "source");
        const again = await cli(
          ...["restore", "shop", "--at", "marker:before"],
          ...["--into", at(server, "")],
        ).ended;
        expect(again.exitCode).toBe(4);
        expect(again.stderr).toContain("TARGET_IS_SOURCE");
        service.child.kill("SIGTERM");
        expect((await service.ended).exitCode).toBe(0);
        await run("verify", "shop");
        // What the restore made beside it is no history of this schema.
        const { stdout } = await cli("log", "shop").ended;
        expect(stdout).not.toContain('"ddl"');
      },
      PATIENCE_MS,
    );
  },
  { own: true },
);
