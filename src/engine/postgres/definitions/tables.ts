import { type TableColumn, readColumns } from "./columns.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

export interface TableParent {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
}

interface TableRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  /** pg_class.relkind: r or p. */
  readonly kind: string;
  readonly unlogged: boolean;
  readonly replicaIdentity: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  /** `name=value`. */
  readonly options: readonly string[] | null;
  readonly toastOptions: readonly string[] | null;
  /** Where it is not heap. */
  readonly accessMethod: string | null;
  readonly tablespace: string | null;
  readonly partitionKey: string | null;
  /** FOR VALUES … or DEFAULT. */
  readonly bound: string | null;
  readonly ofType: string | null;
  readonly parents: readonly TableParent[] | null;
}

export interface Table extends Omit<TableRow, "parents"> {
  readonly parents: readonly TableParent[];
  readonly columns: readonly TableColumn[];
}

/** The user's tables, partitioned parents and partitions among them, with their columns. */
export async function readTables(
  query: RunQuery,
): Promise<ReadonlyMap<number, Table>> {
  const rows = await readRows<TableRow>(
    query,
    `SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.relname AS name, c.relkind AS kind,
       c.relpersistence = 'u' AS unlogged, c.relreplident AS "replicaIdentity",
       c.relrowsecurity AS "rowSecurity", c.relforcerowsecurity AS "forceRowSecurity",
       c.reloptions AS options, toast.reloptions AS "toastOptions",
       CASE WHEN am.amname <> 'heap' THEN am.amname END AS "accessMethod", ts.spcname AS tablespace,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
       pg_get_expr(c.relpartbound, c.oid) AS bound,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS "ofType",
       (SELECT json_agg(json_build_object('oid', p.oid::int8, 'namespace', pn.nspname, 'name', p.relname) ORDER BY i.inhseqno)
        FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
        WHERE i.inhrelid = c.oid) AS parents
     FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace AND ${isUserSchema("n")}
       LEFT JOIN pg_class AS toast ON toast.oid = c.reltoastrelid LEFT JOIN pg_am AS am ON am.oid = c.relam
       LEFT JOIN pg_tablespace AS ts ON ts.oid = c.reltablespace
     WHERE c.relkind IN ('r', 'p') AND ${isOwnObject("pg_class", "c.oid")}`,
  );
  const columns = await readColumns(query);
  return new Map(
    rows.map((row) => [
      row.oid,
      {
        ...row,
        parents: row.parents ?? [],
        columns: columns.get(row.oid) ?? [],
      },
    ]),
  );
}

/** Every table below another one, by its oid: partitions and inheritors, at any depth. */
export function readDescendants(
  tables: ReadonlyMap<number, Table>,
): ReadonlyMap<number, ReadonlySet<number>> {
  const below = new Map<number, Set<number>>();
  for (const table of tables.values()) {
    const todo = [...table.parents];
    for (let parent = todo.pop(); parent; parent = todo.pop()) {
      const descendants = below.get(parent.oid) ?? new Set();
      below.set(parent.oid, descendants.add(table.oid));
      todo.push(...(tables.get(parent.oid)?.parents ?? []));
    }
  }
  return below;
}
