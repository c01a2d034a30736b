import { expect, test } from "vitest";
import { SCHEMA_PHASES } from "../../../src/engine/definitions.ts";
import { MysqlTableReader } from "../../../src/engine/mysql/reader/mysql-table-reader.ts";
import { MysqlRestoreTarget } from "../../../src/engine/mysql/target/mysql-restore-target.ts";
import { describeMysql } from "../../support/describe-mysql.ts";
import { mysqlAddressOf } from "../../support/mysql-address.ts";
import { MYSQL_VERSIONS } from "../../support/mysql-binaries.ts";
import { dumpDefinitions, loadDump } from "../../support/mysql-dump.ts";
import { everyObject } from "../../support/mysql-every-object.ts";
import { never } from "../../support/never.ts";
import { uniqueName } from "../../support/postgres-client.ts";

describeMysql(MYSQL_VERSIONS, (mysql) => {
  test("a schema with one of everything is made again as mysqldump prints it", async () => {
    const { server } = mysql;
    const from = await server.createDatabase();
    const into = uniqueName("restored");
    await server.query(
      `ALTER DATABASE ${from} CHARACTER SET latin1 COLLATE latin1_german1_ci`,
    );
    {
      await using client = server.connect(from);
      for (const sql of everyObject(mysql.version)) await client.query(sql);
      await client.query(`ALTER DATABASE ${from} COLLATE latin1_bin`);
    }
    const reader = new MysqlTableReader(
      mysqlAddressOf(server.url(from)),
      () => true,
    );
    await using snapshot = await reader.openSnapshot(
      { streams: 2, timeoutMs: 30_000 },
      never,
    );
    const { definitions } = snapshot;
    await using target = new MysqlRestoreTarget(
      mysqlAddressOf(server.url(into)),
    );
    await target.begin({ planHash: "plan", definitions }, never);
    const remarks = [];
    for (const phase of SCHEMA_PHASES) {
      const work = {
        definitions,
        phase,
        streams: 2,
        onProgress: () => undefined,
      };
      remarks.push(...(await target.runSchema(work, never)));
      if (phase === "foreign-keys") {
        await target.finishSequences(
          definitions.sequences.map((sequence) => ({
            ...sequence,
            columns: [],
          })),
          never,
        );
      }
    }
    expect(remarks).toEqual(
      ["view", "trigger"].map(
        () => expect.stringContaining("'nobody'@'nowhere'") as string,
      ),
    );
    // Of some clauses the server prints another form once they were read from a dump: it is the dump's outcome that counts.
    const dumped = await server.createDatabase();
    await server.query(`ALTER DATABASE ${dumped} COLLATE latin1_bin`);
    const dump = await dumpDefinitions(server, from);
    await loadDump(server, dumped, dump.replaceAll(from, dumped));
    const wanted = await dumpDefinitions(server, dumped);
    const made = await dumpDefinitions(server, into);
    expect(made.replaceAll(into, dumped)).toBe(wanted);
  });
});
