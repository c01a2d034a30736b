import { parseLsn } from "../../../core/position.ts";
import type { SourceName } from "../../../core/source-name.ts";
import type { PostgresConnection } from "../connection.ts";
import { OID_HASHED_TABLES } from "../hash-partitions.ts";
import { LEDGER_SCHEMA, sourceObjects } from "../names.ts";
import { readPreparation, type PreparationFacts } from "./read-preparation.ts";
import { IS_NAMING_FULL } from "./read-otherwise.ts";
import { readSchemaStands } from "./read-schema.ts";

export interface SlotFacts {
  readonly plugin: string;
  /** Slots are the server's: one of this name may be another database's. null: of none, a physical one. */
  readonly database: string | null;
  readonly isOurs: boolean;
  readonly active: boolean;
  readonly temporary: boolean;
  readonly confirmedLsn: bigint | undefined;
  /** reserved, extended, unreserved, lost */
  readonly walStatus: string;
  readonly retainedBytes: number;
  /** Bytes until the server drops what the slot needs; undefined: it never does. */
  readonly safeBytes: number | undefined;
}

export interface KeylessTable {
  readonly namespace: string;
  readonly name: string;
  /** What it needs: by its key where it has one and its identity is another. */
  readonly identity: "DEFAULT" | "FULL";
}

export interface UnpublishableTable {
  /** Quoted. */
  readonly name: string;
  readonly hasPrimaryKey: boolean;
}

export interface UnreadableRelation {
  readonly name: string;
  /** Of the schema, which may not be used either. */
  readonly schema: string | null;
}

/** What `check`, `prepare` and capture need to know of a source, read at once. */
export interface SourceFacts extends PreparationFacts {
  readonly versionNumber: number;
  readonly walLevel: string;
  readonly maxReplicationSlots: number;
  readonly usedReplicationSlots: number;
  readonly maxWalSenders: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  /** Whether it may write into tidemark.log; true where there is none yet. */
  readonly mayRecord: boolean;
  readonly mayReplicate: boolean;
  readonly bypassesRls: boolean;
  readonly inRecovery: boolean;
  readonly encoding: string;
  readonly slot: SlotFacts | undefined;
  /** Whether `prepare` wrote down where the slot's log began; undefined: this role cannot read that. */
  readonly slotRecorded: boolean | undefined;
  readonly otherTidemarkSlots: readonly string[];
  readonly hasSchema: boolean;
  /** A restore was killed here, or is at work. */
  readonly hasRestoreLedger: boolean;
  /** Schema, its tables and the functions that write the log are as `prepare` makes them. */
  readonly schemaStands: boolean;
  /** Whether tidemark.naming holds all that it has to; undefined: this role cannot read that. */
  readonly namingFull: boolean | undefined;
  /** Permanent tables whose updates a publication would make fail until they have another REPLICA IDENTITY. */
  readonly keylessTables: readonly KeylessTable[];
  /** Those whose updates it would make fail with REPLICA IDENTITY FULL too: virtual generated columns are in no publication. */
  readonly unpublishableTables: readonly UnpublishableTable[];
  /** Tables whose row-level policies would hide rows from a role without BYPASSRLS. */
  readonly tablesWithPolicies: readonly string[];
  /** Tables whose key has columns that are not sent: until 17 the generated ones. */
  readonly generatedKeyTables: readonly string[];
  /** Partitioned by hash of something that is a number of this server's own making. */
  readonly oidHashedTables: readonly string[];
  readonly largeObjects: number;
  readonly unloggedTables: readonly string[];
  /** Tables and sequences that this role cannot read. */
  readonly unreadable: readonly UnreadableRelation[];
}

const USER_SCHEMAS = `n.nspname NOT IN ('pg_catalog', 'information_schema', 'tidemark') AND n.nspname NOT LIKE 'pg\\_%'`;

const HAS_PRIMARY_KEY = `EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND i.indimmediate)`;

/** The index of REPLICA IDENTITY USING INDEX may be dropped: then nothing says which row is meant. */
const HAS_LOST_INDEX = `(c.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisreplident))`;

const PERMANENT_TABLE = `c.relkind = 'r' AND c.relpersistence = 'p' AND ${USER_SCHEMAS}`;

const HAS_VIRTUAL = `EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attgenerated = 'v' AND NOT a.attisdropped)`;

/** Each with the identity that it needs. */
export const KEYLESS_TABLES = `SELECT n.nspname AS namespace, c.relname AS name, CASE WHEN ${HAS_PRIMARY_KEY} THEN 'DEFAULT' ELSE 'FULL' END AS identity
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE ${PERMANENT_TABLE} AND (c.relreplident = 'n' OR ${HAS_LOST_INDEX} OR c.relreplident = 'd' AND NOT ${HAS_PRIMARY_KEY})
     AND (${HAS_PRIMARY_KEY} OR NOT ${HAS_VIRTUAL}) ORDER BY 1, 2`;

export async function readSourceFacts(
  connection: PostgresConnection,
  source: SourceName,
): Promise<SourceFacts> {
  const { slot } = sourceObjects(source);
  const settings = await connection.queryOne<{
    version: number;
    wal_level: string;
    slots: number;
    used_slots: number;
    senders: number;
    role: string;
    superuser: boolean;
    may_record: boolean;
    replicates: boolean;
    bypasses: boolean;
    recovery: boolean;
    encoding: string;
    has_schema: boolean;
    has_ledger: boolean;
  }>(`SELECT current_setting('server_version_num')::int AS version, current_setting('wal_level') AS wal_level,
            current_setting('max_replication_slots')::int AS slots, (SELECT count(*)::int FROM pg_replication_slots) AS used_slots,
            current_setting('max_wal_senders')::int AS senders,
            r.rolname AS role, NOT EXISTS (
              SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
               WHERE n.nspname = 'tidemark' AND p.proname IN ('record', 'tidy')
                 AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_function_privilege(p.oid, 'EXECUTE'))) AS may_record,
            r.rolsuper AS superuser, r.rolreplication AS replicates,
            r.rolbypassrls AS bypasses, pg_is_in_recovery() AS recovery,
            (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()) AS encoding,
            to_regnamespace('tidemark') IS NOT NULL AS has_schema,
            to_regnamespace('${LEDGER_SCHEMA}') IS NOT NULL AS has_ledger
       FROM pg_roles r WHERE r.rolname = current_user`);
  return {
    versionNumber: settings.version,
    walLevel: settings.wal_level,
    maxReplicationSlots: settings.slots,
    usedReplicationSlots: settings.used_slots,
    maxWalSenders: settings.senders,
    role: settings.role,
    isSuperuser: settings.superuser,
    mayRecord: settings.may_record,
    mayReplicate: settings.replicates || settings.superuser,
    bypassesRls: settings.bypasses || settings.superuser,
    inRecovery: settings.recovery,
    encoding: settings.encoding,
    hasSchema: settings.has_schema,
    hasRestoreLedger: settings.has_ledger,
    schemaStands: await readSchemaStands(connection),
    slot: settings.recovery ? undefined : await readSlot(connection, slot),
    slotRecorded: await isSlotRecorded(connection, slot),
    otherTidemarkSlots: await names(
      connection,
      `SELECT slot_name AS name FROM pg_replication_slots
        WHERE slot_name LIKE 'tidemark\\_%' AND NOT temporary AND database = current_database() AND slot_name <> $1`,
      [slot],
    ),
    ...(await readPreparation(connection, source)),
    namingFull: await readNamingFull(connection),
    keylessTables: await connection.query<KeylessTable>(KEYLESS_TABLES),
    unpublishableTables: await connection.query<UnpublishableTable>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name, ${HAS_PRIMARY_KEY} AS "hasPrimaryKey"
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE ${PERMANENT_TABLE} AND ${HAS_VIRTUAL}
          AND (c.relreplident = 'f' OR (c.relreplident = 'd' OR ${HAS_LOST_INDEX}) AND NOT ${HAS_PRIMARY_KEY}) ORDER BY 1`,
    ),
    tablesWithPolicies: await names(
      connection,
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relrowsecurity AND ${USER_SCHEMAS} ORDER BY 1`,
    ),
    generatedKeyTables: await names(
      connection,
      `SELECT DISTINCT format('%I.%I', n.nspname, c.relname) AS name
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_index i ON i.indrelid = c.oid AND ((c.relreplident = 'd' AND i.indisprimary) OR (c.relreplident = 'i' AND i.indisreplident))
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey) AND a.attgenerated <> ''
        WHERE ${USER_SCHEMAS} AND current_setting('server_version_num')::int < 180000 ORDER BY 1`,
    ),
    oidHashedTables: await names(
      connection,
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE ${USER_SCHEMAS} AND c.oid IN (${OID_HASHED_TABLES}) ORDER BY 1`,
    ),
    largeObjects: (
      await connection.queryOne<{ n: number }>(
        "SELECT count(*)::int AS n FROM (SELECT FROM pg_largeobject_metadata LIMIT 1000000) x",
      )
    ).n,
    unloggedTables: await names(
      connection,
      `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND ${USER_SCHEMAS} ORDER BY 1`,
    ),
    unreadable: await connection.query<{ name: string; schema: string | null }>(
      `SELECT format('%I.%I', n.nspname, c.relname) AS name,
              CASE WHEN NOT has_schema_privilege(n.oid, 'USAGE') THEN quote_ident(n.nspname) END AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE (c.relkind IN ('r', 'p') AND c.relpersistence = 'p' OR c.relkind = 'S') AND ${USER_SCHEMAS}
          AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) ORDER BY 1`,
    ),
  };
}

/** One of that name may be another database's, see `isOurs`: then it is somebody else's history. */
export async function readSlot(
  connection: PostgresConnection,
  slot: string,
): Promise<SlotFacts | undefined> {
  const [row] = await connection.query<{
    plugin: string;
    database: string | null;
    ours: boolean;
    active: boolean;
    temporary: boolean;
    confirmed: string | null;
    wal_status: string | null;
    retained: string | null;
    safe: string | null;
  }>(
    `SELECT plugin, database, database IS NOT DISTINCT FROM current_database() AS ours, active, temporary, confirmed_flush_lsn::text AS confirmed, wal_status,
            pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text AS retained, safe_wal_size::text AS safe
       FROM pg_replication_slots WHERE slot_name = $1`,
    [slot],
  );
  if (row === undefined) return undefined;
  return {
    plugin: row.plugin,
    database: row.database,
    isOurs: row.ours,
    active: row.active,
    temporary: row.temporary,
    confirmedLsn: row.confirmed === null ? undefined : parseLsn(row.confirmed),
    walStatus: row.wal_status ?? "lost",
    retainedBytes: Number(row.retained ?? 0),
    safeBytes: row.safe === null ? undefined : Number(row.safe),
  };
}

/** Where the slot's log began; undefined: that was not recorded. */
export async function readSlotBeginning(
  connection: PostgresConnection,
  slot: string,
): Promise<bigint | undefined> {
  const [row] = await connection.query<{ lsn: string }>(
    "SELECT begins_at::text AS lsn FROM tidemark.slots WHERE name = $1",
    [slot],
  );
  return row && parseLsn(row.lsn);
}

async function isSlotRecorded(
  connection: PostgresConnection,
  slot: string,
): Promise<boolean | undefined> {
  const readable = await isReadable(connection, "slots");
  if (readable !== true) return readable === undefined ? false : undefined;
  return (await readSlotBeginning(connection, slot)) !== undefined;
}

async function readNamingFull(
  connection: PostgresConnection,
): Promise<boolean | undefined> {
  const readable = await isReadable(connection, "naming");
  if (readable !== true) return readable === undefined ? false : undefined;
  return (await connection.queryOne<{ full: boolean }>(IS_NAMING_FULL)).full;
}

/** Whether this role may read a table of ours; undefined: there is none. */
async function isReadable(
  connection: PostgresConnection,
  table: string,
): Promise<boolean | undefined> {
  const [found] = await connection.query<{ readable: boolean }>(
    `SELECT has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'tidemark' AND c.relname = $1`,
    [table],
  );
  return found?.readable;
}

async function names(
  connection: PostgresConnection,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<string[]> {
  return (await connection.query<{ name: string }>(sql, parameters)).map(
    (row) => row.name,
  );
}
