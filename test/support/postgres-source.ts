import type { Position } from "../../src/core/position.ts";
import { lsnPosition, parseLsn } from "../../src/core/position.ts";
import {
  parseSourceName,
  type SourceName,
} from "../../src/core/source-name.ts";
import { PostgresSourceAdmin } from "../../src/engine/postgres/admin/postgres-source-admin.ts";
import type { PostgresAddress } from "../../src/engine/postgres/connection.ts";
import { sourceObjects } from "../../src/engine/postgres/names.ts";
import { never } from "./never.ts";
import { uniqueName, type TestClient } from "./postgres-client.ts";
import type { SharedPostgres } from "./postgres.ts";
import { SteadyClient } from "./steady-client.ts";
import { waitUntil } from "./wait-until.ts";

export function addressOf(text: string): PostgresAddress {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port),
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: async () => decodeURIComponent(url.password),
    tls: async () => undefined,
  };
}

/** A database prepared as `tidemark prepare` does it, under a source's name of its own; the slot goes with it. */
export interface PreparedDatabase extends AsyncDisposable {
  readonly server: SharedPostgres;
  readonly database: string;
  readonly source: SourceName;
  readonly address: PostgresAddress;
  readonly admin: PostgresSourceAdmin;
  readonly slot: string;
  connect(): Promise<TestClient>;
  /** Statements of one string are one transaction. */
  run(sql: string): Promise<void>;
  /** Asks the server's maintenance database. */
  ask<Row>(sql: string): Promise<readonly Row[]>;
  /** What the slot has confirmed: where history begins for a first reader. */
  confirmed(): Promise<Position>;
  /** Whether a process reads the slot. */
  isRead(): Promise<boolean>;
}

/**
 * In `database`, or in one of its own that goes with it. `setup` runs before there is a slot, `defaults` as ALTER DATABASE …
 * SET.
 */
export async function prepareDatabase(
  server: SharedPostgres,
  options: {
    readonly database?: string;
    readonly setup?: string;
    readonly defaults?: Readonly<Record<string, string>>;
  } = {},
): Promise<PreparedDatabase> {
  await using stack = new AsyncDisposableStack();
  const watch = stack.use(new SteadyClient(() => server.connect("postgres")));
  const ask = <Row>(sql: string) => watch.query<Row>(sql);
  const database = options.database ?? (await server.createDatabase());
  if (options.database === undefined)
    stack.defer(
      async () => void (await ask(`DROP DATABASE ${database} WITH (FORCE)`)),
    );
  const inside = stack.use(new SteadyClient(() => server.connect(database)));
  const source = parseSourceName(uniqueName("s"));
  const { slot, publication } = sourceObjects(source);
  const slotRow = async () =>
    (
      await ask<SlotRow>(
        `SELECT confirmed_flush_lsn::text AS confirmed, active, active_pid AS pid
           FROM pg_replication_slots WHERE slot_name = '${slot}'`,
      )
    )[0];
  for (const [name, value] of Object.entries(options.defaults ?? {}))
    await ask(`ALTER DATABASE ${database} SET ${name} = ${value}`);
  if (options.setup !== undefined) await inside.query(options.setup);
  const address = addressOf(server.url(database));
  const admin = new PostgresSourceAdmin(source, address);
  await admin.prepare(await admin.planPrepare(never), never);
  stack.defer(async () => {
    await waitUntil(`${slot} is free`, async () => {
      const row = await slotRow();
      if (row?.pid != null)
        await ask(`SELECT pg_terminate_backend(${row.pid})`);
      return row?.active !== true;
    });
    if ((await slotRow()) !== undefined)
      await ask(`SELECT pg_drop_replication_slot('${slot}')`);
    await inside.query(`DROP PUBLICATION IF EXISTS ${publication}`);
  });
  const owned = stack.move();
  return {
    server,
    database,
    source,
    address,
    admin,
    slot,
    ask,
    run: async (sql) => void (await inside.query(sql)),
    connect: () => server.connect(database),
    confirmed: async () =>
      lsnPosition(parseLsn((await slotRow())?.confirmed ?? "")),
    isRead: async () => (await slotRow())?.active === true,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface SlotRow {
  readonly confirmed: string;
  readonly active: boolean;
  readonly pid: number | null;
}
