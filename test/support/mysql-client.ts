import { createConnection, type Connection } from "mysql2/promise";

/** One connection for many statements, opened again after its server went away. Values are the texts that the server sends. */
export class MysqlClient implements AsyncDisposable {
  private readonly url: () => string;
  private connection: Connection | undefined;

  constructor(url: () => string) {
    this.url = url;
  }

  /** One or more statements; the rows of the last that has any. */
  async query<Row>(sql: string): Promise<readonly Row[]> {
    this.connection ??= await this.open();
    const { connection } = this;
    const [answer] = await connection.query(sql);
    const answers: readonly unknown[] = Array.isArray(answer) ? answer : [];
    const sets = answers.filter((each) => Array.isArray(each));
    const last: unknown = sets.at(-1);
    return (last ?? answers) as readonly Row[];
  }

  private async open(): Promise<Connection> {
    const connection = await createConnection({
      uri: this.url(),
      multipleStatements: true,
      typeCast: (field) => field.string(),
    });
    const forget = () => {
      if (this.connection === connection) this.connection = undefined;
    };
    connection.on("error", forget);
    connection.on("end", forget);
    return connection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its server may be gone.
    this.connection?.destroy();
    this.connection = undefined;
  }
}
