import { quoteIdentifier } from "../quote.ts";
import { identityOptions, type SequenceOptions } from "./sequence-options.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isUserSchema } from "./user-objects.ts";

export interface TableColumn {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  /** Where it is not the type's own. */
  readonly collation: string | null;
  readonly notNull: boolean;
  /** From 18 on a NOT NULL is a constraint with a name. */
  readonly notNullConstraint: NotNull | null;
  /** Defined by the table itself, inherited or not. */
  readonly isLocal: boolean;
  /** "", s: stored, v: virtual. */
  readonly generated: string;
  /** DEFAULT or GENERATED expression. */
  readonly expression: string | null;
  readonly expressionOid: number | null;
  readonly identity: (SequenceOptions & { readonly always: boolean }) | null;
  readonly storage: string;
  readonly typeStorage: string;
  /** "" where it is the server's default. */
  readonly compression: string;
  readonly statistics: number | null;
  readonly options: readonly string[] | null;
}

export interface NotNull {
  readonly name: string;
  readonly isLocal: boolean;
  readonly noInherit: boolean;
  readonly validated: boolean;
}

/** Columns of the user's tables and materialised views by relation, in their order. */
export async function readColumns(
  query: RunQuery,
): Promise<ReadonlyMap<number, readonly TableColumn[]>> {
  const rows = await readRows<TableColumn>(
    query,
    `SELECT a.attrelid::int8 AS relation, a.attnum AS number, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END AS collation,
       a.attnotnull AS "notNull", (
         SELECT json_build_object('name', nn.conname, 'isLocal', nn.conislocal, 'noInherit', nn.connoinherit, 'validated', nn.convalidated)
         FROM pg_constraint AS nn WHERE nn.conrelid = a.attrelid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]
       ) AS "notNullConstraint",
       a.attislocal AS "isLocal", a.attgenerated AS generated,
       pg_get_expr(d.adbin, d.adrelid) AS expression, d.oid::int8 AS "expressionOid",
       CASE WHEN a.attidentity <> '' THEN (
         SELECT json_build_object('always', a.attidentity = 'a', 'namespace', sn.nspname, 'name', sc.relname,
           'unlogged', sc.relpersistence = 'u', 'type', format_type(s.seqtypid, NULL), 'start', s.seqstart::text,
           'increment', s.seqincrement::text, 'minimum', s.seqmin::text, 'maximum', s.seqmax::text,
           'cache', s.seqcache::text, 'cycle', s.seqcycle)
         FROM pg_depend AS o JOIN pg_class AS sc ON sc.oid = o.objid JOIN pg_namespace AS sn ON sn.oid = sc.relnamespace
           JOIN pg_sequence AS s ON s.seqrelid = sc.oid
         WHERE o.classid = 'pg_class'::regclass AND o.refclassid = 'pg_class'::regclass
           AND o.refobjid = a.attrelid AND o.refobjsubid = a.attnum AND o.deptype = 'i') END AS identity,
       a.attstorage AS storage, t.typstorage AS "typeStorage", a.attcompression AS compression,
       nullif(a.attstattarget, -1) AS statistics, a.attoptions AS options
     FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
       JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'm')
       JOIN pg_namespace AS n ON n.oid = c.relnamespace AND ${isUserSchema("n")}
       LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum`,
  );
  return Map.groupBy(rows, (row) => row.relation);
}

/** A column inside CREATE TABLE. Its default comes later and alone: it may call a function that needs the table. */
export function columnDefinition(
  column: TableColumn,
  inherits: boolean,
): string {
  const parts = [quoteIdentifier(column.name), column.type];
  if (column.collation !== null) parts.push(`COLLATE ${column.collation}`);
  // An inherited column inherits its expression, and until 16 refuses one of its own.
  if (column.generated !== "" && !inherits) {
    parts.push(
      `GENERATED ALWAYS AS (${column.expression ?? ""}) ${column.generated === "v" ? "VIRTUAL" : "STORED"}`,
    );
  }
  if (column.identity !== null) {
    parts.push(
      `GENERATED ${column.identity.always ? "ALWAYS" : "BY DEFAULT"} AS IDENTITY (${identityOptions(column.identity)})`,
    );
  }
  const constraint = notNullDefinition(column, inherits);
  if (constraint !== "") parts.push(constraint);
  return parts.join(" ");
}

function notNullDefinition(column: TableColumn, inherits: boolean): string {
  const constraint = column.notNullConstraint;
  if (constraint === null) return column.notNull ? "NOT NULL" : "";
  // One that rows may break comes after them, and one from a parent with the parent.
  if (!constraint.validated || (inherits && !constraint.isLocal)) return "";
  return (
    `CONSTRAINT ${quoteIdentifier(constraint.name)} NOT NULL` +
    (constraint.noInherit ? " NO INHERIT" : "")
  );
}
