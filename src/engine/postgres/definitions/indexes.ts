import { quoteIdentifier, quoteQualified } from "../quote.ts";
import {
  type Address,
  addressOf,
  type Draft,
  changes,
  makes,
} from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface IndexRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly table: number;
  readonly tableNamespace: string;
  readonly tableName: string;
  readonly isMaterializedView: boolean;
  readonly definition: string;
  /** The key that owns it and makes it. */
  readonly constraint: number | null;
  readonly parent: IndexParent | null;
  readonly isIdentity: boolean;
  readonly isClustered: boolean;
  readonly below: readonly number[] | null;
  readonly statistics:
    | readonly {
        readonly column: number;
        readonly target: number;
      }[]
    | null;
}

interface IndexParent {
  readonly oid: number;
  readonly label: string;
}

/** Indexes, and what ALTER says about those of keys. A broken one (CREATE INDEX CONCURRENTLY that failed) is no index. */
export async function draftIndexes(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<IndexRow>(
    query,
    `SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.relname AS name, t.oid::int8 AS table,
       tn.nspname AS "tableNamespace", t.relname AS "tableName", t.relkind = 'm' AS "isMaterializedView",
       pg_get_indexdef(c.oid) AS definition,
       k.oid::int8 AS constraint,
       (SELECT json_build_object('oid', p.oid::int8, 'label', format('%I.%I', pn.nspname, p.relname))
        FROM pg_inherits AS h JOIN pg_class AS p ON p.oid = h.inhparent JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
        WHERE h.inhrelid = c.oid) AS parent,
       i.indisreplident AND t.relreplident = 'i' AS "isIdentity", i.indisclustered AS "isClustered",
       (SELECT json_agg(l.relid::oid::int8) FROM pg_partition_tree(t.oid) AS l WHERE l.relid <> t.oid AND t.relkind = 'p') AS below,
       (SELECT json_agg(json_build_object('column', a.attnum, 'target', a.attstattarget) ORDER BY a.attnum)
        FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attstattarget >= 0 AND i.indkey[a.attnum - 1] = 0) AS statistics
     FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
       JOIN pg_class AS t ON t.oid = i.indrelid AND t.relkind IN ('r', 'p', 'm') JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
       -- A join, because nothing indexes conindid.
       LEFT JOIN pg_constraint AS k ON k.conindid = c.oid AND k.contype IN ('p', 'u', 'x')
     WHERE ${isUserSchema("tn")} AND ${isOwnObject("pg_class", "c.oid")} AND ((i.indisvalid AND i.indisready) OR t.relkind = 'p')`,
  );
  return rows.flatMap((row) => [...draftIndex(row), ...draftMarks(row)]);
}

function draftIndex(row: IndexRow): Draft[] {
  if (row.constraint !== null) return [];
  const own = quoteQualified(row.namespace, row.name);
  return [
    makes("pg_class", row.oid, {
      kind: "index",
      name: `${row.namespace}.${row.name}`,
      phase: "keys",
      statements: [
        row.definition,
        ...(row.parent === null
          ? []
          : [`ALTER INDEX ${row.parent.label} ATTACH PARTITION ${own}`]),
        ...(row.statistics ?? []).map(
          ({ column, target }) =>
            `ALTER INDEX ${own} ALTER COLUMN ${column} SET STATISTICS ${target}`,
        ),
      ],
      needs: [
        addressOf("pg_class", row.table),
        ...(row.parent === null ? [] : [addressOf("pg_class", row.parent.oid)]),
      ],
      ...belongsTo(row),
    }),
  ];
}

function draftMarks(row: IndexRow): Draft[] {
  const target = `ALTER ${row.isMaterializedView ? "MATERIALIZED VIEW" : "TABLE ONLY"} ${quoteQualified(row.tableNamespace, row.tableName)}`;
  const index = quoteIdentifier(row.name);
  const needs: Address[] = [addressOf("pg_class", row.oid)];
  const mark = (kind: "replica identity" | "cluster", action: string): Draft =>
    changes(
      "pg_class",
      { oid: row.table },
      {
        kind,
        name: `${row.tableNamespace}.${row.tableName}`,
        phase: "keys",
        statements: [`${target} ${action}`],
        needs,
        ...belongsTo(row),
      },
    );
  return [
    ...(row.isIdentity
      ? [mark("replica identity", `REPLICA IDENTITY USING INDEX ${index}`)]
      : []),
    ...(row.isClustered ? [mark("cluster", `CLUSTER ON ${index}`)] : []),
  ];
}

function belongsTo(row: IndexRow): { readonly table?: number } {
  return row.isMaterializedView ? {} : { table: row.table };
}
