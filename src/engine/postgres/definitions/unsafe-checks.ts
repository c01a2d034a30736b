import { FIRST_USER_OID, isOwnObject } from "./user-objects.ts";

/**
 * SQL that says whether a check may refuse a row that the source holds, while tables are loaded in any order: it calls a
 * function of the user's (which may read other tables, whatever it is declared as, or names without a schema), or one that
 * is not immutable (`now()`), or turns a value into another type by way of its text (`t::date`), which the session's settings
 * decide about. Functions are read from the expression's tree: pg_depend does not mention built-in ones.
 */
export function breaksWhileLoading(expression: string): string {
  return `(${expression}::text ~ 'SQLVALUEFUNCTION|COERCEVIAIO' OR EXISTS (
    SELECT FROM regexp_matches(${expression}::text, ':(?:op)?funcid (\\d+)', 'g') AS called (ids)
      JOIN pg_proc AS f ON f.oid = called.ids[1]::oid
    WHERE f.provolatile <> 'i' OR (f.oid >= ${FIRST_USER_OID} AND ${isOwnObject("pg_proc", "f.oid")})))`;
}
