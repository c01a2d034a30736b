import { expect, test } from "vitest";
import { caught } from "../../support/caught.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { isMariadb, MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { startMysqlServer } from "../../support/mysql-server.ts";
import { mysqlSource, prepareMysql } from "../../support/prepare-mysql.ts";
import { never } from "../../support/never.ts";

describeMysql(
  MYSQL_VERSIONS,
  ({ version }) => {
    const codes = async (admin: ReturnType<typeof mysqlSource>["admin"]) =>
      (await admin.diagnose(never)).map(
        ({ severity, code }) => `${severity} ${code}`,
      );

    test("a prepared server with its settings as they should be has no problem", async () => {
      await using server = await startMysqlServer(version, {
        settings: isMariadb(version) ? { "gtid-strict-mode": "ON" } : {},
      });
      const { admin } = await prepareMysql(server);
      expect(await admin.diagnose(never)).toEqual([]);
    });

    test("names every setting that is wrong at once, with what mends it", async () => {
      await using server = await startMysqlServer(version, {
        settings: {
          "binlog-format": "MIXED",
          "binlog-row-image": "MINIMAL",
          "binlog-row-metadata": "MINIMAL",
          "sync-binlog": 0,
          "innodb-flush-log-at-trx-commit": 2,
          "expire-logs-days": isMariadb(version) ? 1 : undefined,
          "binlog-expire-logs-seconds": isMariadb(version) ? undefined : 3600,
          "binlog-ignore-db": "other",
          ...(isMariadb(version)
            ? { "gtid-strict-mode": "OFF" }
            : {
                "gtid-mode": "OFF",
                "enforce-gtid-consistency": "OFF",
                "binlog-row-value-options": "PARTIAL_JSON",
              }),
        },
      });
      const { admin } = mysqlSource(server);
      const found = await codes(admin);
      expect(found).toEqual([
        "error binlog-format",
        "error binlog-row-image",
        "error binlog-row-metadata",
        ...(isMariadb(version) ? [] : ["error binlog-row-value-options"]),
        "error sync-binlog",
        "error innodb-flush-log-at-trx-commit",
        ...(isMariadb(version) ? [] : ["error binlog-retention"]),
        "error binlog-ignore-db",
        "error log-missing",
        "error source-missing",
        ...(isMariadb(version)
          ? ["warning gtid-strict-mode", "warning binlog-retention"]
          : ["warning gtid-mode", "warning enforce-gtid-consistency"]),
      ]);
      // Each statement is one that this server takes, and mends what it says.
      for (const { mend, code } of await admin.diagnose(never)) {
        const mendsByItself = /^SET (PERSIST|GLOBAL) /.test(mend);
        if (mendsByItself) await server.query(mend);
        else
          expect([
            "binlog-ignore-db",
            "log-missing",
            "source-missing",
          ]).toContain(code);
      }
      expect(await codes(admin)).toEqual([
        "error binlog-ignore-db",
        "error log-missing",
        "error source-missing",
      ]);
    });

    test("a server without a binlog", async () => {
      await using server = await startMysqlServer(version, {
        settings: isMariadb(version)
          ? { "log-bin": undefined }
          : { "log-bin": undefined, "skip-log-bin": "ON" },
      });
      const { admin } = mysqlSource(server);
      const [first] = await admin.diagnose(never);
      expect(first).toMatchObject({
        code: "log-bin",
        mend: "[mysqld] log_bin = binlog; then restart the server",
        needsRestart: true,
      });
      const refused = await caught(() => admin.planPrepare(never));
      expect(refused.code).toBe("PREFLIGHT");
    });

    test("what the tables are like", async () => {
      await using server = await startMysqlServer(version);
      await server.query(
        `CREATE DATABASE a; USE a;
         CREATE TABLE good (id INT PRIMARY KEY);
         CREATE TABLE keyless (id INT, UNIQUE KEY (id));
         CREATE TABLE old (id INT PRIMARY KEY) ENGINE=MyISAM;
         CREATE TABLE gone (id INT PRIMARY KEY) ENGINE=MEMORY;
         CREATE TABLE child (id INT PRIMARY KEY, parent INT, CONSTRAINT fk FOREIGN KEY (parent) REFERENCES good (id) ON DELETE CASCADE);
         CREATE TABLE strict (id INT PRIMARY KEY, parent INT, CONSTRAINT fk2 FOREIGN KEY (parent) REFERENCES good (id));
         XA START 'x'; INSERT INTO good VALUES (1); XA END 'x'; XA PREPARE 'x'`,
      );
      const { admin } = mysqlSource(server);
      const about = async (of: typeof admin) =>
        (await of.diagnose(never))
          .filter(({ code }) => !/missing|strict/.test(code))
          .map(({ severity, code, message }) =>
            `${severity} ${code} ${/`a`\.`\w+`/.exec(message)?.[0] ?? ""}`.trim(),
          );
      const cascade = isMariadb(version)
        ? ["error foreign-key-cascade `a`.`child`"]
        : [];
      expect(await about(admin)).toEqual([
        ...cascade,
        "error not-transactional `a`.`gone`",
        "error not-transactional `a`.`old`",
        "error xa-prepared",
        "warning no-primary-key `a`.`keyless`",
      ]);
      const some = mysqlSource(server, {
        includes: (_, name) => name === "good",
      });
      expect(await about(some.admin)).toEqual(["error xa-prepared"]);
    });

    test("a foreign key whose changes are not logged is another mark", async () => {
      await using server = await startMysqlServer(version, {
        settings: isMariadb(version)
          ? {}
          : { "innodb-native-foreign-keys": "ON" },
      });
      const { admin } = await prepareMysql(server);
      const { mark } = await admin.preparation(never);
      await server.query(
        `CREATE DATABASE a; CREATE TABLE a.p (id INT PRIMARY KEY);
         CREATE TABLE a.c (id INT PRIMARY KEY, p INT, CONSTRAINT fk FOREIGN KEY (p) REFERENCES a.p (id) ON UPDATE CASCADE)`,
      );
      const now = await admin.preparation(never);
      expect(now.mark).not.toBe(mark);
      expect(now.problems).toMatchObject([{ code: "foreign-key-cascade" }]);
      await server.query("ALTER TABLE a.c DROP FOREIGN KEY fk");
      expect(await admin.preparation(never)).toEqual({ mark, problems: [] });
    });
  },
  { own: true },
);
