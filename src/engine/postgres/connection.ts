import pg from "pg";
import type { ConnectionOptions } from "node:tls";
import { translateError } from "./errors.ts";

/** Where a Postgres database is and how to get in; the password is asked for at every connection. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: () => Promise<string | undefined>;
  /** undefined: no TLS. Asked at every connection, because certificates rotate. */
  readonly tls: () => Promise<ConnectionOptions | undefined>;
}

/**
 * Whatever produces row text (walsender, base, verification) has to produce the same text, whatever the server, role or
 * database default to; and row security must fail rather than hide rows. Text of a source is read in a target: an expression with
 * a backslash, a null in an array and a fragment of XML mean there what they meant here.
 */
export const CANONICAL_SETTINGS: Readonly<Record<string, string>> = {
  row_security: "off",
  search_path: "pg_catalog",
  DateStyle: "ISO",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
  extra_float_digits: "3",
  bytea_output: "hex",
  xmlbinary: "base64",
  lc_monetary: "C",
  quote_all_identifiers: "off",
  standard_conforming_strings: "on",
  array_nulls: "on",
  xmloption: "content",
};

/**
 * Defaults of a server, role or database that would end long work, or keep it from writing: a COPY takes as long as it takes, and
 * the connection that holds a snapshot is idle in its transaction by design.
 */
const PATIENT_SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  default_transaction_read_only: "off",
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
};

/** Of Postgres 17 and later; as a start-up setting it would keep older servers from answering. */
export const NO_TRANSACTION_TIMEOUT = `SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('transaction_timeout', true) <> '0'`;

export interface ConnectionUse {
  /** What pg_stat_activity shows. */
  readonly name: string;
  readonly replication?: true;
  readonly database?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

const CONNECT_TIMEOUT_MS = 15_000;

/** For `pg`; the canonical settings travel in the start-up packet. */
export async function clientConfig(
  address: PostgresAddress,
  use: ConnectionUse,
): Promise<pg.ClientConfig> {
  // Before the connection, whose patience is for a server: a command that makes a token may take longer than that.
  const password = (await address.password()) ?? "";
  const settings = {
    ...CANONICAL_SETTINGS,
    ...PATIENT_SETTINGS,
    ...use.settings,
  };
  return {
    host: address.host,
    port: address.port,
    database: use.database ?? address.database,
    user: address.user,
    // A function, because an empty text would make `pg` look into the environment of the process.
    password: () => password,
    ssl: (await address.tls()) ?? false,
    application_name: `tidemark ${use.name}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    ...(use.replication ? { replication: "database" } : {}),
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, "\\$&")}`)
      .join(" "),
  };
}

/** An open connection that ends with its scope. An `error` after a query is reported by the next query. */
export class PostgresConnection implements AsyncDisposable {
  readonly client: pg.Client;
  private readonly label: string;

  private constructor(client: pg.Client, label: string) {
    this.client = client;
    this.label = label;
  }

  static async open(
    address: PostgresAddress,
    use: ConnectionUse,
    signal: AbortSignal,
  ): Promise<PostgresConnection> {
    signal.throwIfAborted();
    const label = describeAddress(address, use.database);
    const client = new pg.Client(await clientConfig(address, use));
    // An idle connection that the server ends emits `error`; unheard, it would end the process.
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query(NO_TRANSACTION_TIMEOUT);
      // Whoever listens for an abort from here on would not hear one that has happened.
      signal.throwIfAborted();
    } catch (error) {
      await client.end().catch(() => undefined);
      signal.throwIfAborted();
      throw translateError(error, label);
    }
    return new PostgresConnection(client, label);
  }

  /** Rows of one statement, or of the last of several; text, numbers and booleans as `pg` reads them. */
  async query<Row extends pg.QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row[]> {
    try {
      const result =
        parameters.length === 0
          ? await this.client.query<Row>(sql)
          : await this.client.query<Row>(sql, [...parameters]);
      return result.rows;
    } catch (error) {
      throw translateError(error, this.label, sql);
    }
  }

  async queryOne<Row extends pg.QueryResultRow>(
    sql: string,
    parameters: readonly unknown[] = [],
  ): Promise<Row> {
    const [row] = await this.query<Row>(sql, parameters);
    if (row === undefined) throw new Error(`no row from: ${sql}`);
    return row;
  }

  /** Cuts the line at once; a query that waits fails. */
  destroy(): void {
    const { connection } = this.client as unknown as {
      readonly connection: { readonly stream: { destroy(): void } };
    };
    connection.stream.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

/** `host:port/database`, never with a password. */
export function describeAddress(
  address: PostgresAddress,
  database = address.database,
): string {
  return `${address.host}:${address.port}/${database}`;
}
