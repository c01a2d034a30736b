/*
 * What `prepare` makes inside a source, in order. `tidemark.log` is how Tidemark speaks into a source's own history: a row
 * there is an event with a place among the transactions. Only SECURITY DEFINER functions with a fixed search_path write it.
 */

export const FUNCTION_SEARCH_PATH = "pg_catalog, pg_temp";

export const CREATE_SCHEMA = `CREATE SCHEMA IF NOT EXISTS tidemark`;

export const CREATE_LOG = `CREATE TABLE IF NOT EXISTS tidemark.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  kind text NOT NULL CHECK (kind IN ('marker', 'sequence', 'heartbeat', 'ddl', 'filter')),
  name text NOT NULL,
  body text NOT NULL
)`;

export const REVOKE_LOG = `REVOKE ALL ON SCHEMA tidemark FROM PUBLIC; REVOKE ALL ON TABLE tidemark.log FROM PUBLIC`;

/** Where the log of each of our slots began: a slot beyond that has released log, which is in an archive and nowhere else. */
export const CREATE_SLOTS = `CREATE TABLE IF NOT EXISTS tidemark.slots (name text PRIMARY KEY, begins_at pg_lsn NOT NULL)`;

/** To whoever may use the schema. */
export const GRANT_SLOTS = `REVOKE ALL ON TABLE tidemark.slots FROM PUBLIC; GRANT SELECT ON TABLE tidemark.slots TO PUBLIC`;

export const CREATE_RECORD = `CREATE OR REPLACE FUNCTION tidemark.record(kind text, name text, body text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ${FUNCTION_SEARCH_PATH}
AS $tidemark$ INSERT INTO tidemark.log (kind, name, body) VALUES ($1, $2, $3) $tidemark$`;

/** Rows of the log have done their work once they are in the stream; deletes of them are no events. */
export const CREATE_TIDY = `CREATE OR REPLACE FUNCTION tidemark.tidy() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = ${FUNCTION_SEARCH_PATH}
AS $tidemark$ DELETE FROM tidemark.log WHERE at < clock_timestamp() - interval '1 hour' $tidemark$`;

export const REVOKE_FUNCTIONS = `REVOKE ALL ON FUNCTION tidemark.record(text, text, text), tidemark.tidy() FROM PUBLIC`;

/** In order; what is not there is passed over. */
export const DROP_SCHEMA = [
  "DROP FUNCTION IF EXISTS tidemark.on_ddl(), tidemark.record(text, text, text), tidemark.tidy()",
  "DROP TABLE IF EXISTS tidemark.log, tidemark.slots, tidemark.naming",
  "DROP SCHEMA tidemark",
];
