import type { MysqlClient } from "../../test/support/mysql-client.ts";
import { SIZES, type LoadName, type Size } from "./loads.ts";

/** As runLoad, in procedures of the server. Returns how many row changes it made. */
export async function runMysqlLoad(
  { load, size }: { readonly load: LoadName; readonly size: Size },
  client: MysqlClient,
): Promise<{ readonly changes: number }> {
  const factor = SIZES[size];
  switch (load) {
    case "inserts": {
      const transactions = 100_000 * factor;
      await client.query(
        "CREATE TABLE events (id bigint PRIMARY KEY AUTO_INCREMENT, customer int NOT NULL, kind varchar(20) NOT NULL, payload text NOT NULL, at timestamp(6) NOT NULL DEFAULT now(6))",
      );
      await defineRepeat(
        client,
        `SET j = 0;
          WHILE j < 10 DO
            SET j = j + 1;
            INSERT INTO events (customer, kind, payload) VALUES (i MOD 1000, 'placed', SHA2(i * 10 + j, 256));
          END WHILE`,
      );
      await repeat(client, 0, transactions);
      return { changes: transactions * 10 };
    }
    case "tpcb": {
      const transactions = 200_000 * factor;
      const accounts = 100_000;
      await client.query(
        `CREATE TABLE branches (bid int PRIMARY KEY, bbalance int NOT NULL, filler char(88));
         CREATE TABLE tellers (tid int PRIMARY KEY, bid int NOT NULL, tbalance int NOT NULL, filler char(84));
         CREATE TABLE accounts (aid int PRIMARY KEY, bid int NOT NULL, abalance int NOT NULL, filler char(84));
         CREATE TABLE history (id bigint PRIMARY KEY AUTO_INCREMENT, tid int, bid int, aid int, delta int, mtime timestamp NULL, filler char(22));
         INSERT INTO branches SELECT n, 0, '' FROM (${series(10)}) s;
         INSERT INTO tellers SELECT n, n DIV 10, 0, '' FROM (${series(100)}) s;
         INSERT INTO accounts SELECT n, n DIV 10000, 0, '' FROM (${series(accounts)}) s`,
      );
      await defineRepeat(
        client,
        `SET j = 1 + (i * 7919) MOD ${accounts};
          UPDATE accounts SET abalance = abalance + i WHERE aid = j;
          UPDATE tellers SET tbalance = tbalance + 1 WHERE tid = 1 + i MOD 100;
          UPDATE branches SET bbalance = bbalance + 1 WHERE bid = 1 + i MOD 10;
          INSERT INTO history (tid, bid, aid, delta, mtime) VALUES (i MOD 100, i MOD 10, j, i, now())`,
      );
      await repeat(client, 0, transactions);
      return { changes: transactions * 4 + 10 + 100 + accounts };
    }
    case "update": {
      const count = 1_000_000 * factor;
      await client.query(
        `CREATE TABLE items (id int PRIMARY KEY, name varchar(40) NOT NULL, price decimal(10,2) NOT NULL, note text);
         INSERT INTO items SELECT n, CONCAT('item ', n), n MOD 1000, LEFT(SHA2(n, 256), 32) FROM (${series(count)}) s;
         UPDATE items SET price = price + 1`,
      );
      return { changes: 2 * count };
    }
  }
}

/** Makes what `repeat` calls: `each`, which knows `i` and has a `j`, in a transaction for every `i`. */
export async function defineRepeat(
  client: MysqlClient,
  each: string,
): Promise<void> {
  await client.query(`CREATE PROCEDURE repeated(i INT, last INT) BEGIN
      DECLARE j INT DEFAULT 0;
      WHILE i < last DO
        SET i = i + 1;
        START TRANSACTION;
        ${each};
        COMMIT;
      END WHILE;
    END`);
}

/** For each `i` after `after` and through `last`. */
export async function repeat(
  client: MysqlClient,
  after: number,
  last: number,
): Promise<void> {
  await client.query(`CALL repeated(${after}, ${last})`);
}

/** A query of `n` from 1 to `count`. */
export function series(count: number): string {
  const thousand = `WITH RECURSIVE k AS (SELECT 0 AS d UNION ALL SELECT d + 1 FROM k WHERE d < 999) SELECT d FROM k`;
  return `SELECT 1 + a.d + b.d * 1000 + c.d * 1000000 AS n FROM (${thousand}) a, (${thousand}) b, (${thousand}) c WHERE c.d <= ${Math.ceil(count / 1e6)} AND b.d <= ${Math.ceil(count / 1e3)} AND 1 + a.d + b.d * 1000 + c.d * 1000000 <= ${count}`;
}
