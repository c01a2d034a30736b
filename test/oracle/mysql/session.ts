import { Readable } from "node:stream";
import {
  createConnection,
  type Connection,
  type ResultSetHeader,
} from "mysql2/promise";
import { waitUntil } from "../../support/wait-until.ts";

/** One connection that is never opened again: what was begun on it ends with it. Values are the texts that the server sends. */
export class MysqlSession implements AsyncDisposable {
  private readonly connection: Connection;
  private lost: Error | undefined;

  private constructor(connection: Connection) {
    this.connection = connection;
    connection.on("error", (error: Error) => {
      this.lost = error;
    });
  }

  static async open(url: string): Promise<MysqlSession> {
    const connection = await createConnection({
      uri: url,
      multipleStatements: true,
      typeCast: (field) => field.string(),
    });
    return new MysqlSession(connection);
  }

  /** One or more statements; the rows of the last that has any. */
  async query<Row>(sql: string): Promise<readonly Row[]> {
    const answer = await this.send(sql);
    const answers: readonly unknown[] = Array.isArray(answer) ? answer : [];
    const sets = answers.filter((each) => Array.isArray(each));
    const last: unknown = sets.at(-1);
    return (last ?? answers) as readonly Row[];
  }

  /** How many rows one statement touched. */
  async run(sql: string): Promise<number> {
    const answer = await this.send(sql);
    return Array.isArray(answer) ? 0 : (answer as ResultSetHeader).affectedRows;
  }

  /** LOAD DATA LOCAL INFILE of this text. */
  async load(sql: string, text: string): Promise<number> {
    const [answer] = await this.connection.query<ResultSetHeader>({
      sql,
      infileStreamFactory: () => Readable.from([Buffer.from(text)]),
    });
    return answer.affectedRows;
  }

  private async send(sql: string): Promise<unknown> {
    if (this.lost !== undefined) throw this.lost;
    try {
      const [answer] = await this.connection.query(sql);
      return answer;
    } catch (error) {
      (error as Error).message += ` in: ${sql.slice(0, 2_000)}`;
      throw error;
    }
  }

  /** In an orderly way: what it has prepared stands. The server may still be at it: see `whenGone`. */
  async end(): Promise<void> {
    await this.connection.end();
  }

  /** Once the server has no more of a session that has ended: before, what it prepared is nobody's to decide. */
  async whenGone(ended: MysqlSession): Promise<void> {
    const { threadId } = ended.connection;
    await waitUntil(`session ${threadId} is gone`, async () => {
      const rows = await this.query<{ Id: string }>("SHOW PROCESSLIST");
      return !rows.some(({ Id }) => Number(Id) === threadId);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.destroy();
  }
}
