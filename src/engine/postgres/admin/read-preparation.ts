import type { SourceName } from "../../../core/source-name.ts";
import type { PostgresConnection } from "../connection.ts";
import { sourceObjects } from "../names.ts";

export interface PublicationFacts {
  readonly allTables: boolean;
  /** Its settings that are not as `prepare` makes them, by their names. */
  readonly altered: readonly string[];
}

/** What decides whether every change and every DDL command reaches the stream. */
export interface PreparationFacts {
  readonly publication: PublicationFacts | undefined;
  /** Name → when it fires: O origin, D disabled, R replica, A always. */
  readonly eventTriggers: ReadonlyMap<string, string>;
  readonly hasLog: boolean;
  /** Another text after every change to any of these. */
  readonly mark: string;
}

/**
 * In one statement, so as of one instant. Who alters a row of a catalog makes a new version of it with another xmin, which
 * freezing and VACUUM FULL keep (9.4 and later): an alteration that was taken back still shows.
 */
export async function readPreparation(
  connection: PostgresConnection,
  source: SourceName,
): Promise<PreparationFacts> {
  const row = await connection.queryOne<{
    publication: {
      all_tables: boolean;
      altered: string[];
    } | null;
    triggers: { name: string; enabled: string }[];
    has_log: boolean;
    mark: string;
  }>(
    `WITH publication AS (
       SELECT puballtables AS all_tables,
              array_remove(ARRAY[
                CASE WHEN NOT (pubinsert AND pubupdate AND pubdelete AND pubtruncate) THEN 'publish' END,
                CASE WHEN pubviaroot THEN 'publish_via_partition_root' END,
                -- Of 18 and later: older servers never send generated columns.
                CASE WHEN to_jsonb(p) ->> 'pubgencols' <> 's' THEN 'publish_generated_columns' END], NULL) AS altered,
              format('publication %s.%s', oid, xmin) AS mark
         FROM pg_publication p WHERE pubname = $1),
     triggers AS (
       SELECT evtname AS name, evtenabled::text AS enabled, format('%s %s.%s', evtname, oid, xmin) AS mark
         FROM pg_event_trigger WHERE evtname LIKE 'tidemark\\_%'),
     log AS (
       -- to_regclass would ask for USAGE of the schema, which is another question.
       SELECT format('log %s', c.oid) AS mark FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'tidemark' AND c.relname = 'log' AND c.relkind = 'r')
     SELECT (SELECT row_to_json(p) FROM publication p) AS publication,
            (SELECT coalesce(json_agg(t), '[]') FROM triggers t) AS triggers,
            EXISTS (SELECT FROM log) AS has_log,
            concat_ws(', ', (SELECT mark FROM publication), (SELECT string_agg(mark, ', ' ORDER BY name) FROM triggers),
              (SELECT mark FROM log)) AS mark`,
    [sourceObjects(source).publication],
  );
  const { publication } = row;
  return {
    publication:
      publication === null
        ? undefined
        : {
            allTables: publication.all_tables,
            altered: publication.altered,
          },
    eventTriggers: new Map(
      row.triggers.map(({ name, enabled }) => [name, enabled]),
    ),
    hasLog: row.has_log,
    mark: row.mark,
  };
}
