import type { SourceLineage } from "../../../core/database-identity.ts";
import { TidemarkError } from "../../../core/errors.ts";
import { tableLabel, type TableFilter } from "../../../core/shape.ts";
import type { MysqlDefinitions } from "../../definitions.ts";
import type { SnapshotTable } from "../../table-reader.ts";
import type { MysqlConnection } from "../connection.ts";
import { type ListedTable, listTables } from "../definitions/listed-tables.ts";
import { readDefinitions } from "../definitions/read-definitions.ts";
import { quoteQualified } from "../quote.ts";
import { readServerId } from "../server-id.ts";
import { mysqlShape } from "../shape.ts";
import type { DefinedColumn } from "../values/column.ts";
import { describeTables, inRows } from "../values/describe-tables.ts";
import { readTableFacts, type TableFacts } from "./table-facts.ts";

export interface CapturedTable {
  readonly shown: SnapshotTable;
  readonly columns: readonly DefinedColumn[];
  readonly facts: TableFacts;
}

export interface Captured {
  readonly identity: SourceLineage;
  readonly tables: readonly CapturedTable[];
  readonly definitions: MysqlDefinitions;
}

/** With these a snapshot sees of a table what the binlog has of it up to there. */
const TRANSACTIONAL: readonly (string | undefined)[] = ["InnoDB", "ROCKSDB"];

/** The captured tables, also those that cannot be copied under a snapshot. */
export async function listCaptured(
  connection: MysqlConnection,
  includes: TableFilter,
  signal: AbortSignal,
): Promise<readonly ListedTable[]> {
  const listed = await listTables((sql) => connection.query(sql, signal));
  return listed.filter(
    ({ kind, schema, name }) =>
      (kind === "table" || kind === "versioned") && includes(schema, name),
  );
}

/**
 * What there is to copy and what it is made of, as of now: a server has no view of the past for that. Throws PREFLIGHT naming every table
 * whose rows cannot be had as of one place in the binlog.
 */
export async function readCaptured(
  connection: MysqlConnection,
  options: {
    readonly includes: TableFilter;
    readonly schema: string | undefined;
  },
  signal: AbortSignal,
): Promise<Captured> {
  const query = (sql: string) => connection.query(sql, signal);
  const { includes } = options;
  const listed = await listTables(query);
  const byName = new Map(
    listed.map((table) => [quoteQualified(table.schema, table.name), table]),
  );
  const described = (await describeTables(query, connection))
    .filter(
      ({ namespace, name }) =>
        byName.has(quoteQualified(namespace, name)) &&
        includes(namespace, name),
    )
    .map((table) => inRows(table, connection));
  requireCopyable(described, byName);
  const facts = await readTableFacts(query);
  const tables = described.map((table): CapturedTable => {
    const { namespace, name, columns } = table;
    const qualified = quoteQualified(namespace, name);
    const shape = mysqlShape(table);
    // Not there: it was dropped since it was listed, as its copy will find out.
    const own = facts.get(qualified) ?? { storage: "", signature: "" };
    const estimatedBytes = byName.get(qualified)?.bytes ?? 0;
    return {
      columns,
      facts: own,
      shown: {
        table: shape.table,
        ...{ namespace, name, shape, estimatedBytes },
        storage: own.storage,
      },
    };
  });
  requireApart(tables);
  const [lowerCase] = await connection.queryOne(
    "SELECT @@GLOBAL.lower_case_table_names",
    signal,
  );
  return {
    tables,
    identity: {
      engine: connection.flavour,
      serverId: (await readServerId(connection, signal)) ?? "",
      schema: options.schema ?? null,
    },
    definitions: await readDefinitions(query, {
      flavour: connection.flavour,
      version: connection.version,
      lowerCaseTableNames: Number(lowerCase),
      includes,
      listed,
      tables: tables.map(({ shown: { table, namespace, name, shape } }) => ({
        ...{ table, namespace, name, shape },
      })),
    }),
  };
}

function requireCopyable(
  tables: Awaited<ReturnType<typeof describeTables>>,
  listed: ReadonlyMap<string, ListedTable>,
): void {
  const reasons = tables.flatMap((table) => {
    const { engine } =
      listed.get(quoteQualified(table.namespace, table.name)) ?? {};
    const why =
      table.unsupported ??
      (TRANSACTIONAL.includes(engine)
        ? undefined
        : `its engine ${engine ?? "?"} has no transactions`);
    return why === undefined ? [] : [`${tableLabel(table)}: ${why}`];
  });
  if (reasons.length === 0) return;
  throw new TidemarkError(
    "PREFLIGHT",
    `no base can be taken of ${reasons.length === 1 ? "a table" : `${reasons.length} tables`}: ${reasons.slice(0, 10).join("; ")}`,
    {
      hint: "ALTER TABLE … ENGINE=InnoDB, or leave them out (`tables` of the source)",
    },
  );
}

/** An id is a hash of a name. */
function requireApart(tables: readonly CapturedTable[]): void {
  const names = new Map<number, string>();
  for (const { shown } of tables) {
    const label = tableLabel(shown);
    const other = names.get(shown.table);
    if (other !== undefined) {
      throw new TidemarkError(
        "PREFLIGHT",
        `tables ${other} and ${label} have the same id, ${shown.table}`,
        { hint: "rename one of them, or leave it out" },
      );
    }
    names.set(shown.table, label);
  }
}
