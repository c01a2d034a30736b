import type { Address } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { FIRST_USER_OID, isOwnObject } from "./user-objects.ts";

export interface InventoryItem {
  readonly address: Address;
  /** As pg_identify_object has it: `foreign table`, `operator class` … */
  readonly type: string;
  readonly identity: string;
  /** Tidemark's own, of which nobody needs to hear. */
  readonly isOurs: boolean;
}

interface Counted {
  readonly catalog: string;
  /** Of `o`, where an object has one. */
  readonly namespace?: string;
  readonly where?: string;
}

/** Every catalog of objects that stand for themselves: what is found here and not made again is named. */
const COUNTED: readonly Counted[] = [
  {
    catalog: "pg_class",
    namespace: "relnamespace",
    where:
      "o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I') AND o.relpersistence <> 't'",
  },
  { catalog: "pg_proc", namespace: "pronamespace" },
  {
    catalog: "pg_type",
    namespace: "typnamespace",
    // Row types come with their relations.
    where:
      "NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = o.typrelid AND c.relkind <> 'c')",
  },
  {
    catalog: "pg_operator",
    namespace: "oprnamespace",
    where: "o.oprcode <> 0",
  },
  { catalog: "pg_opclass", namespace: "opcnamespace" },
  { catalog: "pg_opfamily", namespace: "opfnamespace" },
  { catalog: "pg_collation", namespace: "collnamespace" },
  { catalog: "pg_conversion", namespace: "connamespace" },
  { catalog: "pg_ts_config", namespace: "cfgnamespace" },
  { catalog: "pg_ts_dict", namespace: "dictnamespace" },
  { catalog: "pg_ts_parser", namespace: "prsnamespace" },
  { catalog: "pg_ts_template", namespace: "tmplnamespace" },
  { catalog: "pg_statistic_ext", namespace: "stxnamespace" },
  { catalog: "pg_namespace" },
  { catalog: "pg_extension" },
  { catalog: "pg_language" },
  { catalog: "pg_cast" },
  { catalog: "pg_transform" },
  { catalog: "pg_am" },
  { catalog: "pg_trigger", where: "NOT o.tgisinternal AND o.tgparentid = 0" },
  { catalog: "pg_policy" },
  { catalog: "pg_event_trigger" },
  { catalog: "pg_foreign_data_wrapper" },
  { catalog: "pg_foreign_server" },
  { catalog: "pg_publication" },
];

/** Whatever a user has made, in any schema but the temporary ones; what extensions made counts as the extension. */
export async function readInventory(
  query: RunQuery,
): Promise<readonly InventoryItem[]> {
  const parts = COUNTED.map(
    ({ catalog, namespace, where }) =>
      `SELECT '${catalog}'::regclass::oid AS class, o.oid, ${namespace === undefined ? "NULL::oid" : `o.${namespace}`} AS namespace
       FROM ${catalog} AS o WHERE o.oid >= ${FIRST_USER_OID} AND ${isOwnObject(catalog, "o.oid")}${where === undefined ? "" : ` AND ${where}`}`,
  );
  return await readRows<InventoryItem>(
    query,
    `SELECT o.class || ':' || o.oid AS address, i.type, coalesce(i.identity, '?') AS identity,
       coalesce(i.schema = 'tidemark' OR (i.schema IS NULL AND i.identity ~ '^tidemark') OR i.identity ~ ' on tidemark\\.', false) AS "isOurs"
     FROM (${parts.join("\nUNION ALL ")}) AS o LEFT JOIN pg_namespace AS n ON n.oid = o.namespace
       CROSS JOIN LATERAL pg_identify_object(o.class, o.oid, 0) AS i
     WHERE coalesce(n.nspname, '') !~ '^pg_(temp|toast)' AND NOT (o.class = 'pg_namespace'::regclass AND i.identity ~ '^pg_(temp|toast)')`,
  );
}
