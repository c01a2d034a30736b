import type { DefinedObject } from "../../definitions.ts";
import type { MysqlConnection } from "../connection.ts";
import { quoteIdentifier, quoteLiteral, quoteQualified } from "../quote.ts";
import { quotedNameAt } from "../definitions/mask-quoted.ts";

/**
 * Whether rows break a foreign key that stands: those of the source may do so, and only the source can tell, because here it looks the same
 * as rows that are missing. The session is in the table's schema.
 */
export async function breakingRows(
  connection: MysqlConnection,
  object: DefinedObject,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [statement = ""] = object.statements;
  const constraint = /ADD CONSTRAINT (`(?:[^`]|``)*`)/.exec(statement)?.[1];
  const rows = await connection.query(
    `SELECT table_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name
       FROM information_schema.key_column_usage
      WHERE constraint_schema = DATABASE() AND table_name = ${quoteLiteral(tableOf(statement))}
        AND constraint_name = ${quoteLiteral(quotedNameAt(constraint ?? "", 0) ?? "")} AND referenced_table_name IS NOT NULL
      ORDER BY ordinal_position`,
    signal,
  );
  const [first] = rows;
  if (first === undefined) return [];
  const [table = "", , schema = "", parent = ""] = first.map(String);
  const pairs = rows.map(([, column, , , referenced]) => ({
    child: `c.${quoteIdentifier(column ?? "")}`,
    parent: `p.${quoteIdentifier(referenced ?? "")}`,
  }));
  const [broken] = await connection.queryOne(
    `SELECT EXISTS (SELECT 1 FROM ${quoteIdentifier(table)} AS c
       WHERE ${pairs.map(({ child }) => `${child} IS NOT NULL`).join(" AND ")}
         AND NOT EXISTS (SELECT 1 FROM ${quoteQualified(schema, parent)} AS p
              WHERE ${pairs.map((pair) => `${pair.parent} = ${pair.child}`).join(" AND ")}))`,
    signal,
  );
  return broken === "1"
    ? [
        "rows break it (`tidemark verify --against source` says whether the source has the same rows)",
      ]
    : [];
}

/** Of `ALTER TABLE `name` ADD …`. */
function tableOf(statement: string): string {
  return quotedNameAt(statement, "ALTER TABLE ".length) ?? "";
}
