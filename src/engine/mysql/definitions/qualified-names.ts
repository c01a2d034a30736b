import { maskQuoted, quotedNameAt } from "./mask-quoted.ts";

export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
  /** Where it begins, and where its name does. */
  readonly from: number;
  readonly nameFrom: number;
}

/** Two quoted words with a dot between them, as `sql` begins such a chain: a table of a schema, or a column of a table. */
export function qualifiedNames(sql: string): readonly QualifiedName[] {
  return [...maskQuoted(sql).matchAll(/(•+)\.(•+)/g)].flatMap((match) => {
    const from = match.index;
    const nameFrom = from + (match[1] ?? "").length + 1;
    const schema = quotedNameAt(sql, from);
    const name = quotedNameAt(sql, nameFrom);
    return schema === undefined || name === undefined
      ? []
      : [{ schema, name, from, nameFrom }];
  });
}
