import { MysqlConnection, type MysqlAddress } from "../connection.ts";
import { quoteLiteral } from "../quote.ts";

/** The columns of a table as it stands now, by name; none: it is not there any more. */
export type ColumnsNow = ReadonlyMap<string, { readonly generated: boolean }>;

export type ReadGenerated = (
  schema: string,
  name: string,
) => Promise<ColumnsNow>;

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
    const rows = await this.connection.query(
      `SELECT column_name, extra LIKE '%VIRTUAL GENERATED%' OR extra LIKE '%STORED GENERATED%' FROM information_schema.columns
        WHERE table_schema = ${quoteLiteral(schema)} AND table_name = ${quoteLiteral(name)}`,
      signal,
    );
    return new Map(
      rows.map(([column, is]) => [column ?? "", { generated: is === "1" }]),
    );
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection?.[Symbol.asyncDispose]();
  }
}
