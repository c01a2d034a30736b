import type { TestClient } from "../../test/support/postgres-client.ts";
import { runPostgresTool } from "./postgres-tool.ts";

export const LOADS = ["inserts", "tpcb", "update"] as const;
export type LoadName = (typeof LOADS)[number];

/** small: a tenth; medium: what the documents quote; large: four times that. */
export const SIZES = { small: 0.1, medium: 1, large: 4 } as const;
export type Size = keyof typeof SIZES;

/** Single-row inserts in transactions of 10 · pgbench's TPC-B · one UPDATE of every row. Returns how many row changes it made. */
export async function runLoad(
  load: { readonly load: LoadName; readonly size: Size },
  database: { readonly url: string; readonly client: TestClient },
): Promise<{ readonly changes: number }> {
  const factor = SIZES[load.size];
  const { client } = database;
  switch (load.load) {
    case "inserts": {
      const transactions = 100_000 * factor;
      await client.query(
        "CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL, kind text NOT NULL, payload text NOT NULL, at timestamptz NOT NULL DEFAULT now())",
      );
      await client.query(`CREATE PROCEDURE load(n int) LANGUAGE plpgsql AS $$
        BEGIN
          FOR i IN 1..n LOOP
            FOR j IN 1..10 LOOP
              INSERT INTO events (customer, kind, payload) VALUES (i % 1000, 'placed', repeat(md5((i * 10 + j)::text), 2));
            END LOOP;
            COMMIT;
          END LOOP;
        END $$`);
      await client.query("SET synchronous_commit = off");
      await client.query(`CALL load(${transactions})`);
      return { changes: transactions * 10 };
    }
    case "tpcb": {
      const transactions = 200_000 * factor;
      await pgbench(database.url, ["-i", "-s", "10", "-q"]);
      await pgbench(database.url, [
        "-n",
        "-c",
        "4",
        "-t",
        String(transactions / 4),
      ]);
      const { rows } = await client.query<{ n: string }>(
        "SELECT (SELECT count(*) FROM pgbench_history) * 4 + (SELECT count(*) FROM pgbench_accounts) AS n",
      );
      return { changes: Number(rows[0]?.n) };
    }
    case "update": {
      const count = 1_000_000 * factor;
      await client.query(
        "CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL, price numeric(10,2) NOT NULL, note text)",
      );
      await client.query(
        `INSERT INTO items SELECT i, 'item ' || i, i % 1000, md5(i::text) FROM generate_series(1, ${count}) i`,
      );
      await client.query("UPDATE items SET price = price + 1");
      return { changes: 2 * count };
    }
  }
}

function pgbench(url: string, args: readonly string[]): Promise<void> {
  const env = { PGOPTIONS: "-c synchronous_commit=off" };
  return runPostgresTool("pgbench", url, { args, env });
}
