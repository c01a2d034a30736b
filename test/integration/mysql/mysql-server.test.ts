import { expect, test } from "vitest";
import { describeMysql } from "../../support/describe-mysql.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { startMysqlServer } from "../../support/mysql-server.ts";

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    test("a server comes back after SIGKILL with what was committed, and takes other settings", async () => {
      await using server = await startMysqlServer(version);
      await server.query(
        "CREATE DATABASE a; CREATE TABLE a.t (id INT PRIMARY KEY); INSERT INTO a.t VALUES (1)",
      );
      await server.kill();
      await server.start();
      expect(await server.query("SELECT id FROM a.t")).toEqual([{ id: "1" }]);
      await server.restart({ "binlog-row-image": "MINIMAL" });
      expect(
        await server.query(
          "SELECT @@binlog_row_image AS image, @@binlog_row_metadata AS metadata, @@log_bin AS log",
        ),
      ).toEqual([{ image: "MINIMAL", metadata: "FULL", log: "1" }]);
    });

    test("two servers have histories of their own", async () => {
      await using one = await startMysqlServer(version);
      await using other = await startMysqlServer(version);
      const id = one.flavour === "mysql" ? "@@server_uuid" : "@@server_uid";
      const ask = `SELECT ${id} AS id`;
      expect(await one.query(ask)).not.toEqual(await other.query(ask));
    });
  },
  { own: true },
);
