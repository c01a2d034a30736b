import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { binlogOf, formatPosition } from "../../../src/core/position.ts";
import type { MysqlAddress } from "../../../src/engine/mysql/connection.ts";
import { caught } from "../../support/caught.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { openMeddlingProxy } from "../../support/meddling-proxy.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import {
  startMysqlServer,
  type TestMysql,
} from "../../support/mysql-server.ts";
import { openMysqlSource } from "../../support/mysql-source.ts";
import { repeatGroup } from "../../support/repeat-events.ts";
import { SourceReader } from "../../support/source-reader.ts";
import { waitUntil } from "../../support/wait-until.ts";

const TABLE = { setup: "CREATE TABLE t (id int PRIMARY KEY, note text)" };
/** More than a socket and its reader take at once. */
const LARGE = `INSERT INTO t WITH RECURSIVE g (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < 20000)
  SELECT n, repeat('mark', 100) FROM g`;

const insert = (id: number) => `INSERT INTO t VALUES (${id}, 'n${id}')`;
const notes = (reader: SourceReader) =>
  reader.read.map(({ rows }) => rows.map(({ values }) => values[1]).join());

/** Everything that was logged so far is in files that are not there any more. */
async function purge(server: TestMysql): Promise<void> {
  await server.query("FLUSH BINARY LOGS");
  // MariaDB keeps files that it may still need after a crash, until it knows better.
  await waitUntil("one file is left", async () => {
    const files = await server.query<{ Log_name: string }>("SHOW BINARY LOGS");
    await server.query(`PURGE BINARY LOGS TO '${files.at(-1)?.Log_name}'`);
    return files.length === 1;
  });
}

function through(server: TestMysql, port: number): MysqlAddress {
  return { ...mysqlAddressOf(server.url()), port };
}

describeMysql(MYSQL_VERSIONS, (mysql) => {
  const rotate = () => mysql.server.query("FLUSH BINARY LOGS");

  it("goes on from every place of a log of several files", async () => {
    const { server } = mysql;
    await using under = await openMysqlSource(server, TABLE);
    for (let id = 1; id <= 3; id++) {
      await under.run(insert(id));
      await rotate();
    }
    await server.restart();
    await using session = server.connect(under.database);
    await session.query(insert(4));
    const end = await under.end();
    const places = [under.start];
    {
      await using reader = new SourceReader(
        under.open({ progressEveryMs: 20 }),
        under.start,
      );
      await reader.until("the end", () => reader.hasPassed(end));
      places.push(...reader.read.map(({ position }) => binlogOf(position)));
    }
    expect(places.at(-1)).toEqual(end);
    expect(new Set(places.map(({ file }) => file)).size).toBe(4);
    for (const [index, after] of places.entries()) {
      for (const gtids of new Set([after.gtids, undefined])) {
        await waitUntil("it is free", async () => !(await under.isRead()));
        await using reader = new SourceReader(
          under.open({ progressEveryMs: 20 }),
          { ...after, gtids },
        );
        await reader.until("the end", () => reader.hasPassed(end));
        expect(notes(reader), formatPosition(after)).toEqual(
          ["n1", "n2", "n3", "n4"].slice(index),
        );
      }
    }
  });

  it("stops where a connection is cut inside a transaction, and reads it whole the next time", async () => {
    const { server } = mysql;
    await using under = await openMysqlSource(server, TABLE);
    await under.run(LARGE);
    await using proxy = await openMeddlingProxy(server.port, (chunk, before) =>
      before > 2_000_000 ? undefined : chunk,
    );
    {
      const address = through(server, proxy.port);
      await using reader = new SourceReader(
        under.open({ address }),
        under.start,
      );
      const error = await caught(() => reader.transactions(1));
      expect(error.code).toBe("SERVER_UNREACHABLE");
      expect(reader.items.some(({ kind }) => kind === "part")).toBe(true);
      expect(reader.read).toEqual([]);
    }
    await waitUntil("it is free", async () => !(await under.isRead()));
    await using reader = new SourceReader(under.open(), under.start);
    const [whole] = await reader.transactions(1);
    expect(whole?.rows).toHaveLength(20_000);
  });

  it("stops before an event that was damaged on its way", async () => {
    const { server } = mysql;
    await using under = await openMysqlSource(server, TABLE);
    await under.run(insert(1));
    await under.run(insert(2));
    await using proxy = await openMeddlingProxy(server.port, (chunk) => {
      const at = chunk.indexOf("n2");
      if (at === -1) return chunk;
      const damaged = Buffer.from(chunk);
      damaged[at + 1] = 0x33;
      return damaged;
    });
    const address = through(server, proxy.port);
    await using reader = new SourceReader(under.open({ address }), under.start);
    const error = await caught(() => reader.until("it stops", () => false));
    expect(error.code).toBe("SOURCE_UNREADABLE");
    expect(error.message).toContain("checksum");
    expect(notes(reader)).toEqual(["n1"]);
  });

  it("is SLOT_BUSY once another reader has taken its server id", async () => {
    const { server } = mysql;
    await using under = await openMysqlSource(server, TABLE);
    await using other = await openMysqlSource(server, TABLE);
    await using reader = new SourceReader(
      under.open({ serverId: 4_000_000_001 }),
      under.start,
    );
    await under.run(insert(1));
    await reader.transactions(1);
    await using second = new SourceReader(
      other.open({ serverId: 4_000_000_001 }),
      other.start,
    );
    await other.run(insert(2));
    await second.transactions(1);
    const error = await caught(() => reader.until("it ends", () => false));
    expect(error.code).toBe("SLOT_BUSY");
  });

  it("says which right a user lacks", async () => {
    const { server } = mysql;
    await using under = await openMysqlSource(server, TABLE);
    const user = await server.createUser("SELECT ON *.*");
    const address = mysqlAddressOf(server.url("", user));
    await using reader = new SourceReader(under.open({ address }), under.start);
    expect((await caught(() => reader.next())).code).toBe("RIGHT_MISSING");
  });
});

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    it("is HISTORY_LOST once the log was purged, and SOURCE_DIVERGED once it was reset", async () => {
      await using server = await startMysqlServer(version);
      await using under = await openMysqlSource(server, TABLE);
      await under.run(insert(1));
      await purge(server);
      const { gtids } = under.start;
      const codeAfter = async (position: typeof under.start) => {
        await waitUntil("it is free", async () => !(await under.isRead()));
        await using reader = new SourceReader(under.open(), position);
        return (await caught(() => reader.next())).code;
      };
      expect(await codeAfter(under.start)).toBe("HISTORY_LOST");
      expect(await codeAfter({ ...under.start, gtids: undefined })).toBe(
        "HISTORY_LOST",
      );
      const end = await under.end();
      expect(end.gtids).not.toBe(gtids);
      await server.query(
        server.flavour === "mysql"
          ? "RESET BINARY LOGS AND GTIDS"
          : "RESET MASTER",
      );
      expect(await codeAfter(end)).toBe("SOURCE_DIVERGED");
      expect(await codeAfter({ ...end, gtids: undefined })).toBe(
        "SOURCE_DIVERGED",
      );
    });

    it("reads on over what the server lost, when it was killed while it wrote", async () => {
      await using server = await startMysqlServer(version);
      await using under = await openMysqlSource(server, TABLE);
      await under.run(insert(100_001));
      const writing = under.run(`${LARGE}; ${LARGE}`).catch(() => undefined);
      await using reader = new SourceReader(under.open(), under.start);
      await reader.transactions(1);
      await server.kill();
      await writing;
      await server.start();
      const end = await under.end();
      await using again = new SourceReader(
        under.open({ progressEveryMs: 20 }),
        under.start,
      );
      await again.until("the end", () => again.hasPassed(end));
      const rows = again.read.reduce((sum, one) => sum + one.rows.length, 0);
      const [count] = await server.query<{ n: string }>(
        `SELECT count(*) AS n FROM ${under.database}.t`,
      );
      expect(rows).toBe(Number(count?.n));
    });
  },
  { own: true },
);

describeMysql(
  ["mariadb-10.11", "mariadb-11.8"],
  ({ version }) => {
    it("takes an XA transaction once whose commit the server lost in a crash, and its log did not", async () => {
      await using server = await startMysqlServer(version);
      await using under = await openMysqlSource(server, TABLE);
      await under.run(
        `XA START 'x'; ${insert(1)}; XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x'`,
      );
      const { file } = await under.end();
      const events = await server.query<{ Pos: string; Info: string }>(
        `SHOW BINLOG EVENTS IN '${file}'`,
      );
      const commit = events.findLastIndex(({ Info }) =>
        Info.includes("XA COMMIT"),
      );
      await server.kill();
      const group = Number(events[commit - 1]?.Pos);
      await repeatGroup(join(server.dataDirectory, file), group);
      await server.start();
      await using session = server.connect(under.database);
      await session.query(insert(2));
      const end = await under.end();
      await using reader = new SourceReader(
        under.open({ progressEveryMs: 20 }),
        under.start,
      );
      await reader.until("the end", () => reader.hasPassed(end));
      expect(notes(reader)).toEqual(["n1", "n2"]);
    });

    // MySQL cuts the rest off itself when it starts again.
    it("reads on over a transaction of many parts whose end a crash took", async () => {
      await using server = await startMysqlServer(version);
      await using under = await openMysqlSource(server, TABLE);
      await under.run(insert(100_001));
      await under.run(LARGE);
      const { file, offset } = await under.end();
      const events = await server.query<{ Pos: string; Event_type: string }>(
        `SHOW BINLOG EVENTS IN '${file}'`,
      );
      const cut = events.findLast(
        ({ Pos }) => Number(Pos) < offset - 1_000_000,
      );
      await server.kill();
      await truncate(join(server.dataDirectory, file), Number(cut?.Pos));
      await server.start();
      await using session = server.connect(under.database);
      await session.query(insert(100_002));
      const end = await under.end();
      await using reader = new SourceReader(
        under.open({ progressEveryMs: 20 }),
        under.start,
      );
      await reader.until("the end", () => reader.hasPassed(end));
      expect(notes(reader)).toEqual(["n100001", "n100002"]);
    });
  },
  { own: true },
);

describeMysql(["mysql-9"], (mysql) => {
  it("goes on behind transactions with tags and holes", async () => {
    const { server } = mysql;
    await using under = await openMysqlSource(server, TABLE);
    await using session = server.connect(under.database);
    const run = async (gtid: string, id: number) =>
      session.query(
        `SET gtid_next = '${gtid}'; ${insert(id)}; SET gtid_next = 'AUTOMATIC'`,
      );
    const foreign = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    await run("AUTOMATIC:backup", 1);
    await run(`${foreign}:7`, 2);
    await run(`${foreign}:5`, 3);
    await run(`${foreign}:some_tag:9`, 4);
    await server.query("FLUSH BINARY LOGS");
    await run("AUTOMATIC", 5);
    const end = await under.end();
    await using reader = new SourceReader(
      under.open({ progressEveryMs: 20 }),
      under.start,
    );
    await reader.until("the end", () => reader.hasPassed(end));
    const positions = reader.read.map(({ position }) => binlogOf(position));
    expect(positions.at(-1)).toEqual(end);
    expect(reader.read[0]?.xid).toMatch(/:backup:1$/);
    expect(end.gtids).toContain(`${foreign}:5:7,${foreign}:some_tag:9`);
    await reader[Symbol.asyncDispose]();
    for (const [index, position] of positions.entries()) {
      await waitUntil("it is free", async () => !(await under.isRead()));
      await using rest = new SourceReader(
        under.open({ progressEveryMs: 20 }),
        position,
      );
      await rest.until("the end", () => rest.hasPassed(end));
      expect(notes(rest)).toEqual(["n2", "n3", "n4", "n5"].slice(index));
    }
  });
});
