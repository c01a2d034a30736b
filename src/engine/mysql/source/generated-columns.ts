import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";

/** A table as it stands now. */
export interface GeneratedNow {
  /** Names of its generated columns. */
  readonly names: ReadonlySet<string>;
  /** When it was made or altered last, in seconds since 1970; infinite: it is not there any more. */
  readonly since: number;
}

export type ReadGenerated = (
  schema: string,
  name: string,
) => Promise<GeneratedNow>;

const GONE: GeneratedNow = { names: new Set(), since: Infinity };

/**
 * What a log does not say of a table: which columns are generated. It is asked of the server, and so is true of the table of now. One that was
 * altered since ends its history there; rows from before then may have other columns than their base, and are refused by whoever folds them.
 */
export class GeneratedColumns implements AsyncDisposable {
  private readonly address: MysqlAddress;
  private readonly signal: AbortSignal;
  private connection: MysqlConnection | undefined;

  constructor(address: MysqlAddress, signal: AbortSignal) {
    this.address = address;
    this.signal = signal;
  }

  /** Throws SERVER_UNREACHABLE. */
  readonly read: ReadGenerated = async (schema, name) => {
    const { address, signal } = this;
    const use = { name: "columns" };
    this.connection ??= await MysqlConnection.open(address, use, signal);
    const where = (alias: string) =>
      `${alias}.table_schema = ${quoteLiteral(schema)} AND ${alias}.table_name = ${quoteLiteral(name)}`;
    const rows = await this.connection.query(
      `SELECT UNIX_TIMESTAMP(t.create_time), c.column_name
         FROM information_schema.tables t LEFT JOIN information_schema.columns c
           ON ${where("c")} AND (c.extra LIKE '%VIRTUAL GENERATED%' OR c.extra LIKE '%STORED GENERATED%')
        WHERE ${where("t")}`,
      signal,
    );
    const [first] = rows;
    if (first === undefined) return GONE;
    return {
      names: new Set(
        rows.map(([, column]) => column).filter((column) => column != null),
      ),
      since: Number(first[0] ?? Infinity),
    };
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection?.[Symbol.asyncDispose]();
  }
}
