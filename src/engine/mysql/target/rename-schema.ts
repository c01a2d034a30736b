import { qualifiedNames } from "../definitions/qualified-names.ts";
import { quoteIdentifier } from "../quote.ts";

/** What the server prints names whole where it has to; in the rest stands the user's own text. */
const PRINTED: ReadonlySet<string> = new Set([
  ...["schema", "sequence", "table", "index", "foreign key", "view"],
]);

export interface Renaming {
  readonly from: string;
  readonly to: string;
}

/** A statement for the schema's other name. */
export function renameSchema(
  kind: string,
  statement: string,
  { from, to }: Renaming,
): string {
  if (from === to || !PRINTED.has(kind)) return statement;
  if (kind === "schema")
    return statement.replace(quoteIdentifier(from), () => quoteIdentifier(to));
  let renamed = "";
  let at = 0;
  for (const name of qualifiedNames(statement)) {
    if (name.schema !== from) continue;
    renamed += statement.slice(at, name.from) + quoteIdentifier(to);
    at = name.nameFrom - 1;
  }
  return renamed + statement.slice(at);
}

/** Whether the user's own text names the schema, as which it will go on to mean the source's. */
export function namesSchema(
  kind: string,
  statement: string,
  from: string,
): boolean {
  if (PRINTED.has(kind)) return false;
  const bare = RegExp.escape(from);
  return new RegExp(`(?:\`${bare}\`|"${bare}"|\\b${bare})\\s*\\.`).test(
    statement,
  );
}
