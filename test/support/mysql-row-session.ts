import { MysqlConnection } from "../../src/engine/mysql/connection.ts";
import { quoteQualified } from "../../src/engine/mysql/quote.ts";
import type { DefinedColumn } from "../../src/engine/mysql/values/column.ts";
import {
  describeTables,
  inRows,
  leavesGeneratedOut,
  type DefinedMysqlTable,
} from "../../src/engine/mysql/values/describe-tables.ts";
import {
  LOAD_SQL_MODE,
  loadClauses,
} from "../../src/engine/mysql/values/load-expression.ts";
import { selectExpression } from "../../src/engine/mysql/values/select-expression.ts";
import { TextRowReader } from "../../src/engine/mysql/values/text-row-reader.ts";
import { AvroWriter } from "../../src/format/avro-writer.ts";
import type { TestMysql } from "./mysql-server.ts";
import { never } from "./never.ts";

/** A session as ours are, in a database: reads tables as a base does, and loads them as a restore does. */
export class MysqlRowSession implements AsyncDisposable {
  readonly connection: MysqlConnection;
  readonly database: string;

  private constructor(connection: MysqlConnection, database: string) {
    this.connection = connection;
    this.database = database;
  }

  static async open(
    server: TestMysql,
    database: string,
  ): Promise<MysqlRowSession> {
    const connection = await MysqlConnection.open(
      {
        ...{ host: server.host, port: server.port, user: "root", database },
        password: async () => undefined,
        tls: async () => undefined,
      },
      { name: "test", settings: { sql_mode: LOAD_SQL_MODE } },
      never,
    );
    return new MysqlRowSession(connection, database);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql, never);
  }

  async tables(): Promise<readonly DefinedMysqlTable[]> {
    const all = await describeTables(
      (sql) => this.connection.query(sql, never),
      this.connection,
    );
    return all
      .filter(({ namespace }) => namespace === this.database)
      .map((table) => inRows(table, this.connection));
  }

  /** Names of columns that rows are without. */
  async leftOut(): Promise<ReadonlySet<string>> {
    if (!leavesGeneratedOut(this.connection)) return new Set();
    const rows = await this.connection.query(
      `SELECT column_name FROM information_schema.columns WHERE table_schema = '${this.database}' AND (extra LIKE '%VIRTUAL GENERATED%' OR extra LIKE '%STORED GENERATED%')`,
      never,
    );
    return new Set(rows.map(([name]) => name ?? ""));
  }

  /** The table's rows, as lines. */
  async lines(
    table: string,
    columns: readonly DefinedColumn[],
  ): Promise<readonly Buffer[]> {
    const list = columns.map(selectExpression).join(", ");
    const from = quoteQualified(this.database, table);
    const reader = new TextRowReader(columns);
    const lines: Buffer[] = [];
    for await (const batch of this.connection.rows(
      `SELECT ${list} FROM ${from}`,
      never,
    )) {
      for (const packet of batch) {
        const out = new AvroWriter();
        reader.writeLine(out, packet);
        lines.push(out.cut());
      }
    }
    return lines;
  }

  async load(
    table: string,
    columns: readonly DefinedColumn[],
    lines: readonly Buffer[],
  ): Promise<void> {
    const into = quoteQualified(this.database, table);
    const body = forLoadData(Buffer.concat(lines));
    await this.connection.load(
      `LOAD DATA LOCAL INFILE 'x' INTO TABLE ${into} CHARACTER SET binary ${loadClauses(columns)}`,
      chunks(body),
      never,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }
}

async function* chunks(body: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < body.length; at += 1 << 20)
    yield body.subarray(at, at + (1 << 20));
}

/** LOAD DATA knows no \v and \f. */
function forLoadData(lines: Buffer): Buffer {
  const text = lines.toString("latin1");
  return Buffer.from(
    text.replaceAll(/\\([\\vf]?)/g, (escape, letter: string) =>
      letter === "v" ? "\v" : letter === "f" ? "\f" : escape,
    ),
    "latin1",
  );
}
