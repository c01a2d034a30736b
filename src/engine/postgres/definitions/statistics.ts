import { quoteQualified } from "../quote.ts";
import { addressOf, type Draft, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface StatisticsRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly relation: number;
  readonly isTable: boolean;
  readonly definition: string;
  readonly target: number | null;
}

/** CREATE STATISTICS; what ANALYZE fills in is not restored but computed. */
export async function draftStatistics(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<StatisticsRow>(
    query,
    `SELECT s.oid::int8 AS oid, n.nspname AS namespace, s.stxname AS name, c.oid::int8 AS relation,
       c.relkind IN ('r', 'p') AS "isTable", pg_get_statisticsobjdef(s.oid) AS definition, nullif(s.stxstattarget, -1) AS target
     FROM pg_statistic_ext AS s JOIN pg_namespace AS n ON n.oid = s.stxnamespace JOIN pg_class AS c ON c.oid = s.stxrelid
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_statistic_ext", "s.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_statistic_ext", row.oid, {
      kind: "statistics",
      name: `${row.namespace}.${row.name}`,
      phase: "rest",
      statements: [
        row.definition,
        ...(row.target === null
          ? []
          : [
              `ALTER STATISTICS ${quoteQualified(row.namespace, row.name)} SET STATISTICS ${row.target}`,
            ]),
      ],
      needs: [addressOf("pg_class", row.relation)],
      ...(row.isTable ? { table: row.relation } : {}),
    }),
  );
}
