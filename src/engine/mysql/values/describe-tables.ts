import { tableLabel } from "../../../core/shape.ts";
import type { MysqlTable } from "../shape.ts";
import type { DefinedColumn } from "./column.ts";
import {
  columnOfSchema,
  hasOldForm,
  type SchemaColumn,
} from "./column-of-schema.ts";
import { withoutColumns } from "./without-columns.ts";

/** Runs a query whose results are UTF-8 text. */
export type RunQuery = (
  sql: string,
) => Promise<readonly (readonly (string | null)[])[]>;

export interface ServerKind {
  readonly flavour: "mysql" | "mariadb";
  /** "9.5.0", "10.11.14-MariaDB". */
  readonly version: string;
}

/** A table that holds rows, as the log describes them and with what its columns need to be read and loaded. */
export interface DefinedMysqlTable extends MysqlTable {
  readonly columns: readonly DefinedColumn[];
  /** Why its rows cannot be had exactly, and what to do; otherwise undefined. */
  readonly unsupported: string | undefined;
}

/**
 * Every table of users' schemas, by schema and name: no views, no sequences. One query for each of the lists, and nothing asked for each table: joins
 * within information_schema have no index on some servers.
 */
export async function describeTables(
  run: RunQuery,
  server: ServerKind,
): Promise<readonly DefinedMysqlTable[]> {
  const collations = await readCollations(run, server);
  const columns = await readColumns(run, collations);
  const tables = await run(TABLES);
  return tables.map((row) => {
    const [namespace = "", name = "", kind] = row.map(textOf);
    const label = `${namespace}\0${name}`;
    const own = columns.get(label) ?? [];
    return {
      ...{ engine: server.flavour, namespace, name },
      columns: own.map((column) => columnOfSchema(column, server.flavour)),
      // Without a PRIMARY KEY that of the first UNIQUE one which cannot be null: the server has it for one, here and in the log.
      primaryKey: own.flatMap(({ isKey }, at) => (isKey ? [at] : [])),
      unsupported:
        kind === "SYSTEM VERSIONED"
          ? "it is SYSTEM VERSIONED: the log has its periods, which information_schema has not, and its history as rows"
          : oldFraction(own, tableLabel({ namespace, name })),
    };
  });
}

/**
 * Whether the images of updated and deleted rows are without generated columns, whatever binlog_row_image is: seen in MariaDB 11.8, and not in
 * 10.11. Which release began with it is not known, so all of the newer ones count.
 */
export function leavesGeneratedOut({ flavour, version }: ServerKind): boolean {
  return flavour === "mariadb" && Number.parseInt(version, 10) >= 11;
}

/** The table with the columns that rows have: where the log has not all of the generated ones, they are without any. */
export function inRows(
  table: DefinedMysqlTable,
  server: ServerKind,
): DefinedMysqlTable {
  if (!leavesGeneratedOut(server)) return table;
  return { ...table, ...withoutColumns(table, ({ generated }) => generated) };
}

const USERS_SCHEMAS =
  "NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')";

const TABLES = `
  SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES
  WHERE TABLE_SCHEMA ${USERS_SCHEMAS} AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
  ORDER BY TABLE_SCHEMA, TABLE_NAME`;

const COLUMNS = `
  SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE,
    DATETIME_PRECISION, COLLATION_NAME, IS_NULLABLE, EXTRA, COLUMN_KEY
  FROM information_schema.COLUMNS
  WHERE TABLE_SCHEMA ${USERS_SCHEMAS}
  ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION`;

/** From 10.10 on MariaDB's COLLATIONS has no id of a collation that several character sets share. */
async function readCollations(
  run: RunQuery,
  { flavour, version }: ServerKind,
): Promise<ReadonlyMap<string, number>> {
  const [major = 0, minor = 0] = version.split(".").map(Number.parseFloat);
  const areShared =
    flavour === "mariadb" && (major > 10 || (major === 10 && minor >= 10));
  const rows = await run(
    areShared
      ? "SELECT FULL_COLLATION_NAME, ID FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
      : "SELECT COLLATION_NAME, ID FROM information_schema.COLLATIONS",
  );
  return new Map(rows.map(([name, id]) => [textOf(name), Number(id)]));
}

async function readColumns(
  run: RunQuery,
  collations: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, readonly SchemaColumn[]>> {
  const columns = new Map<string, SchemaColumn[]>();
  for (const row of await run(COLUMNS)) {
    const [namespace, table, name, dataType, columnType, ...rest] = row;
    const [octets, precision, scale, fraction, collation, ...flags] = rest;
    const [nullable, extra, key] = flags;
    const label = `${textOf(namespace)}\0${textOf(table)}`;
    append(columns, label, {
      name: textOf(name),
      dataType: textOf(dataType).toLowerCase(),
      columnType: textOf(columnType),
      octets: Number(octets ?? 0),
      precision: Number(precision ?? 0),
      scale: Number(scale ?? 0),
      fraction: Number(fraction ?? 0),
      collation: collationId(collation, collations),
      nullable: nullable === "YES",
      extra: textOf(extra),
      isKey: key === "PRI",
    });
  }
  return columns;
}

function collationId(
  name: string | null | undefined,
  collations: ReadonlyMap<string, number>,
): number | undefined {
  if (name === null || name === undefined) return undefined;
  const id = collations.get(name);
  if (id === undefined) throw new RangeError(`the collation ${name} has no id`);
  return id;
}

function oldFraction(
  columns: readonly SchemaColumn[],
  table: string,
): string | undefined {
  const column = columns.find((each) => hasOldForm(each) && each.fraction > 0);
  return column === undefined
    ? undefined
    : `column ${column.name} has a fraction in the form of MariaDB 5.3, whose length the log does not have: ALTER TABLE ${table} FORCE, with mysql56_temporal_format=ON`;
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function textOf(value: string | null | undefined): string {
  return value ?? "";
}
