import { expect, it } from "vitest";
import type { SourceItem } from "../../../src/engine/change-source.ts";
import { decodeChanges } from "../../../src/format/change-codec.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import {
  openMysqlSource,
  type TestMysqlSource,
} from "../../support/mysql-source.ts";
import { never } from "../../support/never.ts";

const MIB = 1024 * 1024;
const TABLE = { setup: "CREATE TABLE t (id int PRIMARY KEY, note longtext)" };

const rows = (from: number, count: number) =>
  `INSERT INTO t WITH RECURSIVE g (n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM g WHERE n < ${from + count - 1})
   SELECT n, concat('row ', n) FROM g`;

interface Drained {
  readonly changes: number;
  readonly transactions: number;
  readonly largestPart: number;
  /** Bytes that this process held at most, outside of what it had before. */
  readonly heldBytes: number;
}

function bytesHeld(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}

/** Reads that many transactions and keeps none of them. */
async function drain(
  under: TestMysqlSource,
  transactions: number,
  onItem: (item: SourceItem) => void = () => undefined,
): Promise<Drained> {
  await using source = under.open();
  const before = bytesHeld();
  const seen = { changes: 0, transactions: 0, largestPart: 0, heldBytes: 0 };
  for await (const items of source.read(under.start, never)) {
    for (const item of items) {
      onItem(item);
      if (item.kind !== "part") continue;
      seen.changes += item.items.count;
      seen.largestPart = Math.max(seen.largestPart, item.items.bytes.length);
      if (item.commit !== undefined) seen.transactions++;
    }
    seen.heldBytes = Math.max(seen.heldBytes, bytesHeld() - before);
    if (seen.transactions >= transactions) break;
  }
  return seen;
}

describeMysql(MYSQL_VERSIONS, (mysql) => {
  const isMysql = () => mysql.server.flavour === "mysql";

  it("reads a transaction of a million rows in parts, in bounded memory", async () => {
    await using under = await openMysqlSource(mysql.server, TABLE);
    await under.run(rows(1, 1_000_000));
    const drained = await drain(under, 1);
    expect(drained.changes).toBe(1_000_000);
    expect(drained.largestPart).toBeLessThan(MIB);
    expect(drained.heldBytes).toBeLessThan(96 * MIB);
  });

  it("reads a million rows behind a savepoint, and of an XA transaction, in bounded memory", async () => {
    await using under = await openMysqlSource(mysql.server, TABLE);
    await under.run(`BEGIN; SAVEPOINT s; ${rows(1, 300_000)}; COMMIT;
      XA START 'large${under.database}'; ${rows(1_000_001, 300_000)}; XA END 'large${under.database}';
      XA PREPARE 'large${under.database}'; XA COMMIT 'large${under.database}'`);
    const drained = await drain(under, 2);
    expect(drained.changes).toBe(600_000);
    expect(drained.largestPart).toBeLessThan(MIB);
    expect(drained.heldBytes).toBeLessThan(96 * MIB);
  });

  it("reads a value of a hundred megabytes", async () => {
    await using under = await openMysqlSource(mysql.server, TABLE);
    await under.run("INSERT INTO t VALUES (1, repeat('0123456789', 10000000))");
    await under.run("UPDATE t SET note = 'short'; DELETE FROM t");
    let value: Buffer | undefined;
    const drained = await drain(under, 3, (item) => {
      if (item.kind !== "part" || item.items.bytes.length < MIB) return;
      const [change] = decodeChanges(item.items.bytes);
      if (change?.kind === "insert") {
        const [, note] = change.after;
        if (note instanceof Uint8Array) value = Buffer.from(note);
      }
    });
    expect(drained.changes).toBe(3);
    expect(value?.length).toBe(100_000_000);
    expect(value?.toString("latin1", 99_999_985)).toBe("567890123456789");
  });

  it("reads compressed transactions, small and large", async () => {
    const { server } = mysql;
    await using under = await openMysqlSource(server, TABLE);
    await using session = server.connect(under.database);
    if (isMysql()) {
      await session.query(
        "SET SESSION binlog_transaction_compression = ON; SET SESSION cte_max_recursion_depth = 10000000",
      );
    } else {
      await session.query(
        "SET GLOBAL log_bin_compress = ON; SET GLOBAL log_bin_compress_min_len = 10; SET SESSION max_recursive_iterations = 10000000",
      );
    }
    try {
      await session.query(
        `INSERT INTO t VALUES (0, repeat('small ', 20)); UPDATE t SET note = repeat('other ', 20); ${rows(1, 300_000)};
         DELETE FROM t WHERE id = 0; BEGIN; INSERT INTO t VALUES (-1, repeat('x', 100)); SAVEPOINT s;
         INSERT INTO t VALUES (-2, repeat('y', 100)); ROLLBACK TO s; COMMIT; CREATE TABLE u (a int, b varchar(100) COMMENT 'long enough to be compressed')`,
      );
    } finally {
      if (!isMysql()) await session.query("SET GLOBAL log_bin_compress = OFF");
    }
    const kinds: string[] = [];
    const drained = await drain(under, 6, (item) => {
      if (item.kind !== "part" || item.items.count > 1000) return;
      kinds.push(...decodeChanges(item.items.bytes).map(({ kind }) => kind));
    });
    expect(drained.changes).toBe(300_005);
    expect(drained.heldBytes).toBeLessThan(96 * MIB);
    const log = await server.query<{ Event_type: string; Log_name: string }>(
      `SHOW BINLOG EVENTS IN '${under.start.file}' FROM ${under.start.offset} LIMIT 40`,
    );
    expect(log.map((event) => event.Event_type).join()).toMatch(
      isMysql() ? /Transaction_payload/ : /_compressed/i,
    );
    expect(kinds).toEqual(
      expect.arrayContaining(["update", "delete", "event"]),
    );
  });
});
