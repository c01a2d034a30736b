import { IS_USER_SCHEMA } from "./schemas.ts";
import { type RunQuery, textOf } from "./query.ts";

/** What information_schema calls a table. */
export interface ListedTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: "table" | "versioned" | "sequence" | "view";
  /** Of a view none. */
  readonly engine: string | undefined;
  readonly bytes: number;
}

const KINDS: Readonly<Record<string, ListedTable["kind"]>> = {
  "BASE TABLE": "table",
  "SYSTEM VERSIONED": "versioned",
  SEQUENCE: "sequence",
  VIEW: "view",
};

/** Those that the session may see; temporary ones are not in it. */
export async function listTables(
  query: RunQuery,
): Promise<readonly ListedTable[]> {
  const rows = await query(
    `SELECT table_schema, table_name, table_type, engine, data_length
       FROM information_schema.tables WHERE ${IS_USER_SCHEMA("table_schema")} ORDER BY table_schema, table_name`,
  );
  return rows.flatMap(([schema, name, type, engine, bytes]) => {
    const kind = KINDS[type ?? ""];
    return kind === undefined
      ? []
      : [
          {
            schema: textOf(schema),
            name: textOf(name),
            kind,
            engine: engine ?? undefined,
            bytes: Number(bytes ?? 0),
          },
        ];
  });
}
