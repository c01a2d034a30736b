import { Readable } from "node:stream";
import { createConnection, type Connection } from "mysql2/promise";

/** A session that reads rows as the server sends them, and loads lines. */
export class MysqlRowSession implements AsyncDisposable {
  private readonly connection: Connection;

  private constructor(connection: Connection) {
    this.connection = connection;
  }

  static async open(url: string, sqlMode: string): Promise<MysqlRowSession> {
    const connection = await createConnection({
      uri: url,
      charset: "utf8mb4",
      multipleStatements: true,
      rowsAsArray: true,
      typeCast: (field) => field.buffer(),
    });
    await connection.query(
      `SET time_zone = '+00:00', sql_mode = '${sqlMode}', character_set_results = NULL`,
    );
    return new MysqlRowSession(connection);
  }

  async rows(sql: string): Promise<readonly (readonly (Buffer | null)[])[]> {
    const [rows] = await this.connection.query(sql);
    return rows as unknown as (Buffer | null)[][];
  }

  async texts(sql: string): Promise<readonly (readonly (string | null)[])[]> {
    const rows = await this.rows(sql);
    return rows.map((row) => row.map((value) => value?.toString() ?? null));
  }

  /** The payloads of the text protocol's row packets. */
  async packets(sql: string): Promise<readonly Buffer[]> {
    const rows = await this.rows(sql);
    return rows.map((row) =>
      Buffer.concat(row.flatMap((value) => packed(value))),
    );
  }

  async run(sql: string): Promise<void> {
    await this.connection.query(sql);
  }

  /** LOAD DATA LOCAL of these lines. */
  async load(sql: string, lines: Buffer): Promise<void> {
    await this.connection.query({
      sql,
      infileStreamFactory: () => Readable.from([lines]),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.end();
  }
}

function packed(value: Buffer | null): readonly Buffer[] {
  if (value === null) return [Buffer.from([0xfb])];
  const { length } = value;
  if (length < 0xfb) return [Buffer.from([length]), value];
  const head = Buffer.alloc(9);
  const bytes = length < 0x1_0000 ? 2 : length < 0x100_0000 ? 3 : 6;
  head[0] = bytes === 2 ? 0xfc : bytes === 3 ? 0xfd : 0xfe;
  head.writeUIntLE(length, 1, bytes);
  return [head.subarray(0, bytes === 6 ? 9 : 1 + bytes), value];
}
