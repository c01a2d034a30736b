import type { DefinedTable } from "../../definitions.ts";
import { relationShape } from "../shape.ts";
import { typeLabel } from "../shape.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface ShapeRow {
  readonly oid: number;
  readonly namespace: string;
  readonly name: string;
  readonly replicaIdentity: string;
  readonly columns: readonly ShapeColumnRow[] | null;
}

interface ShapeColumnRow {
  readonly name: string;
  readonly typeNamespace: string;
  readonly typeName: string;
  readonly typeId: number;
  readonly typeModifier: number;
  readonly identifies: boolean;
}

/** Tables that hold rows of their own and send them to the stream: not partitioned ones, not unlogged ones. */
export async function readDefinedTables(
  query: RunQuery,
): Promise<readonly DefinedTable[]> {
  const rows = await readRows<ShapeRow>(query, SHAPES);
  return rows.map((row) => ({
    table: row.oid,
    namespace: row.namespace,
    name: row.name,
    shape: relationShape({
      table: row.oid,
      namespace: row.namespace,
      name: row.name,
      replicaIdentity: row.replicaIdentity,
      columns: (row.columns ?? []).map((column) => ({
        name: column.name,
        type: typeLabel({
          namespace: column.typeNamespace,
          name: column.typeName,
        }),
        typeId: column.typeId,
        typeModifier: column.typeModifier,
        identifies: column.identifies,
      })),
    }),
  }));
}

/**
 * As pgoutput chooses: a domain goes by its base type's name (logicalrep_write_typ); the identity is a valid, unique,
 * immediate, whole index, and of it the key columns alone (RelationGetIndexList, RelationGetIdentityKeyBitmap). Stored
 * generated columns are sent from 18 on, as our publication asks for; virtual ones never (logicalrep_should_publish_column).
 */
const SHAPES = `
  WITH RECURSIVE base AS (
    SELECT t.oid AS type, t.oid AS base, t.typtype, t.typbasetype FROM pg_type AS t
    UNION ALL
    SELECT b.type, t.oid, t.typtype, t.typbasetype FROM base AS b JOIN pg_type AS t ON t.oid = b.typbasetype
    WHERE b.typtype = 'd')
  SELECT c.oid::int8 AS oid, n.nspname AS namespace, c.relname AS name, c.relreplident AS "replicaIdentity",
    json_agg(json_build_object('name', a.attname, 'typeNamespace', tn.nspname, 'typeName', t.typname,
      'typeId', a.atttypid::int8, 'typeModifier', a.atttypmod,
      'identifies', c.relreplident = 'f' OR coalesce(a.attnum = ANY (key.columns), false)) ORDER BY a.attnum)
      FILTER (WHERE a.attnum IS NOT NULL) AS columns
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN (
      SELECT i.indrelid, (i.indkey::int2[])[0:i.indnkeyatts - 1] AS columns
      FROM pg_index AS i JOIN pg_class AS r ON r.oid = i.indrelid
      WHERE i.indisvalid AND i.indisunique AND i.indimmediate AND i.indpred IS NULL
        AND ((r.relreplident = 'd' AND i.indisprimary) OR (r.relreplident = 'i' AND i.indisreplident))) AS key ON key.indrelid = c.oid
    LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (
      a.attgenerated = '' OR a.attgenerated = 's' AND current_setting('server_version_num')::int >= 180000)
    LEFT JOIN base AS b ON b.type = a.atttypid AND b.typtype <> 'd'
    LEFT JOIN pg_type AS t ON t.oid = b.base LEFT JOIN pg_namespace AS tn ON tn.oid = t.typnamespace
  WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND ${isUserSchema("n")} AND ${isOwnObject("pg_class", "c.oid")}
  GROUP BY c.oid, n.nspname, c.relname, c.relreplident
  ORDER BY n.nspname, c.relname`;
