import { hash } from "node:crypto";
import type { RunQuery } from "../definitions/query.ts";
import { IS_USER_SCHEMA } from "../definitions/schemas.ts";
import { quoteLiteral, quoteQualified } from "../quote.ts";

export interface TableFacts {
  /** When what holds the rows was made: another time after TRUNCATE or a rewrite. */
  readonly storage: string;
  /** Of its columns and what they are computed from. */
  readonly signature: string;
}

/** Of every table, by its qualified name, or of one; as they are now, for information_schema knows no snapshot. */
export async function readTableFacts(
  query: RunQuery,
  only?: { readonly namespace: string; readonly name: string },
): Promise<ReadonlyMap<string, TableFacts>> {
  const where =
    only === undefined
      ? IS_USER_SCHEMA("table_schema")
      : `table_schema = ${quoteLiteral(only.namespace)} AND table_name = ${quoteLiteral(only.name)}`;
  const tables = await query(
    `SELECT table_schema, table_name, create_time FROM information_schema.tables
      WHERE ${where} AND table_type <> 'VIEW'`,
  );
  const columns = await query(
    `SELECT table_schema, table_name, column_name, column_type, collation_name, is_nullable, extra, generation_expression, column_key = 'PRI'
       FROM information_schema.columns WHERE ${where} ORDER BY table_schema, table_name, ordinal_position`,
  );
  const signatures = Map.groupBy(columns, ([schema, name]) =>
    quoteQualified(schema ?? "", name ?? ""),
  );
  return new Map(
    tables.map(([schema, name, made]) => {
      const qualified = quoteQualified(schema ?? "", name ?? "");
      const signature = JSON.stringify(signatures.get(qualified) ?? []);
      return [
        qualified,
        { storage: made ?? "", signature: hash("sha256", signature) },
      ];
    }),
  );
}
