import type { SourceName } from "../../../core/source-name.ts";
import type { PostgresConnection } from "../connection.ts";
import { sourceObjects } from "../names.ts";
import { ON_DDL_BODY } from "./ddl-trigger.ts";
import { FUNCTION_SEARCH_PATH } from "./tidemark-schema.ts";

export interface PublicationFacts {
  readonly allTables: boolean;
  /** Its settings that are not as `prepare` makes them, by their names. */
  readonly altered: readonly string[];
}

export type LogAlteration = "unlogged" | "rules" | "triggers" | "policies";

/** What decides whether every change and every DDL command reaches the stream. */
export interface PreparationFacts {
  readonly publication: PublicationFacts | undefined;
  /** Name → when it fires: O origin, D disabled, R replica, A always. */
  readonly eventTriggers: ReadonlyMap<string, string>;
  /** Whether what they call is this version's function, and may write what it has to. */
  readonly recordsDdl: boolean;
  readonly hasLog: boolean;
  /** What keeps rows of the log from being written or sent. */
  readonly logAltered: readonly LogAlteration[];
  /** A setting of 17 and later silences event triggers, those that fire always too. */
  readonly eventTriggersFire: boolean;
  /** Another text after every change to any of these. */
  readonly mark: string;
}

/**
 * In one statement, so as of one instant. Who alters a row of a catalog makes a new version of it with another xmin, which
 * freezing and VACUUM FULL keep (9.4 and later): an alteration that was taken back still shows. Not so of the log itself, as a VACUUM
 * FULL of it makes a new version of its row.
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
    records_ddl: boolean;
    has_log: boolean;
    log_altered: LogAlteration[];
    fire: boolean;
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
       SELECT c.oid, array_remove(ARRAY[
                CASE WHEN c.relpersistence <> 'p' THEN 'unlogged' END,
                CASE WHEN EXISTS (SELECT FROM pg_rewrite WHERE ev_class = c.oid) THEN 'rules' END,
                CASE WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid) THEN 'triggers' END,
                CASE WHEN c.relforcerowsecurity THEN 'policies' END], NULL) AS altered
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'tidemark' AND c.relname = 'log' AND c.relkind = 'r'),
     function AS (
       SELECT p.prosrc = $2 AND p.prosecdef AND p.proconfig = ARRAY[$3, 'lock_timeout=0']
                AND coalesce((SELECT has_table_privilege(p.proowner, log.oid, 'INSERT') FROM log), false) AS intact,
              format('function %s.%s', p.oid, p.xmin) AS mark
         FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'tidemark' AND p.proname = 'on_ddl' AND p.pronargs = 0)
     SELECT (SELECT row_to_json(p) FROM publication p) AS publication,
            (SELECT coalesce(json_agg(t), '[]') FROM triggers t) AS triggers,
            coalesce((SELECT intact FROM function), false) AS records_ddl,
            EXISTS (SELECT FROM log) AS has_log,
            (SELECT coalesce(json_agg(why), '[]') FROM log, unnest(log.altered) AS why) AS log_altered,
            coalesce(current_setting('event_triggers', true), 'on') <> 'off' AS fire,
            concat_ws(', ', (SELECT mark FROM publication), (SELECT string_agg(mark, ', ' ORDER BY name) FROM triggers),
              (SELECT mark || CASE WHEN intact THEN '' ELSE ' other' END FROM function),
              (SELECT concat_ws('; ', format('log %s', oid), array_to_string(altered, '; ')) FROM log),
              CASE WHEN current_setting('event_triggers', true) = 'off' THEN 'event triggers off' END) AS mark`,
    [
      sourceObjects(source).publication,
      ON_DDL_BODY,
      `search_path=${FUNCTION_SEARCH_PATH}`,
    ],
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
    recordsDdl: row.records_ddl,
    hasLog: row.has_log,
    logAltered: row.log_altered,
    eventTriggersFire: row.fire,
    mark: row.mark,
  };
}
