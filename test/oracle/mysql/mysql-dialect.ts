import { readFile } from "node:fs/promises";
import type { MysqlVersion } from "../../support/mysql-binaries.ts";
import type { Dialect } from "../engine.ts";
import type { Random } from "../random.ts";
import { MysqlWriter } from "./mysql-writer.ts";
import type { MysqlSession } from "./session.ts";
import { listTables, wideColumns } from "./tables.ts";

/** `connect`: to the source, as a superuser. */
export function mysqlDialect(
  version: MysqlVersion,
  connect: () => Promise<MysqlSession>,
): Dialect {
  return {
    async makeSchema() {
      const schema = new URL("schema.sql", import.meta.url);
      const wide = wideColumns().map((each) => `ADD COLUMN ${each}`);
      const text = await readFile(schema, "utf8");
      const sql = text
        .replaceAll(/,\n\);/g, "\n);")
        .replace("/*COLUMNS*/", `ALTER TABLE oracle.wide ${wide.join(", ")};`);
      await using session = await connect();
      await session.query("SET sql_mode = ''");
      // Each for itself: a body in the midst of others would end with their semicolon.
      for (const statement of sql.split(/;\n(?! )/))
        if (statement.trim() !== "") await session.query(statement);
    },
    async settle() {
      await using session = await connect();
      for (const xid of await listPrepared(version, session))
        await session.run(`XA COMMIT ${xid}`);
    },
    openWriter: (keys, random) =>
      MysqlWriter.start(
        async () => {
          const session = await connect();
          await session.query(
            random === undefined
              ? settingsOf(version)
              : `${settingsOf(version)}; ${drawSettings(version, random.fork("session"))}`,
          );
          return session;
        },
        listTables(version, keys),
      ),
  };
}

interface PreparedRow {
  readonly formatID: string;
  readonly gtrid_length: string;
  readonly data: string;
}

/** As XA COMMIT takes them. */
async function listPrepared(
  version: MysqlVersion,
  session: MysqlSession,
): Promise<readonly string[]> {
  if (version !== "mysql-9") {
    const rows = await session.query<PreparedRow>("XA RECOVER FORMAT = 'SQL'");
    return rows.map(({ data }) => data);
  }
  const rows = await session.query<PreparedRow>("XA RECOVER CONVERT XID");
  return rows.map(({ data, gtrid_length, formatID }) => {
    const hex = data.replace(/^0x/i, "");
    const at = Number(gtrid_length) * 2;
    return `x'${hex.slice(0, at)}',x'${hex.slice(at)}',${formatID}`;
  });
}

/** Writers who wait for each other should find out soon; and no date is refused. */
function settingsOf(version: MysqlVersion): string {
  return [
    "USE oracle",
    "SET NAMES utf8mb4",
    "SET innodb_lock_wait_timeout = 2",
    "SET lock_wait_timeout = 10",
    "SET sql_mode = 'STRICT_ALL_TABLES'",
    version === "mysql-9"
      ? "SET cte_max_recursion_depth = 10000000"
      : "SET max_recursive_iterations = 10000000",
  ].join("; ");
}

function drawSettings(version: MysqlVersion, random: Random): string {
  const mode = random.pick([
    ...["STRICT_ALL_TABLES", "STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO"],
    ...["", "ANSI,STRICT_ALL_TABLES", "NO_BACKSLASH_ESCAPES"],
    ...["TRADITIONAL", "ALLOW_INVALID_DATES,PAD_CHAR_TO_FULL_LENGTH"],
  ]);
  const isolation = random.pick([
    ...["REPEATABLE READ", "REPEATABLE READ", "READ COMMITTED"],
    "SERIALIZABLE",
  ]);
  const onOff = () => random.pick(["ON", "OFF"]);
  return [
    `SET sql_mode = '${mode}'`,
    `SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`,
    `SET time_zone = '${random.pick(["+00:00", "+05:30", "-11:00"])}'`,
    `SET foreign_key_checks = ${random.chance(0.15) ? 0 : 1}`,
    ...(version === "mysql-9"
      ? [
          `SET binlog_rows_query_log_events = ${onOff()}`,
          `SET binlog_transaction_compression = ${onOff()}`,
        ]
      : [`SET binlog_annotate_row_events = ${onOff()}`]),
  ].join("; ");
}
