import { quoteLiteral } from "../quote.ts";

/** The session that an object was made in, as the server keeps it with the object: what its text means depends on it. */
export interface SessionOfObject {
  readonly client: string;
  readonly connection: string;
  readonly sqlMode?: string;
  readonly timeZone?: string;
}

/** Before the object's own statement. */
export function settingsBefore(session: SessionOfObject): string {
  const { client, connection, sqlMode, timeZone } = session;
  return `SET ${[
    `character_set_client = ${client}`,
    `collation_connection = ${connection}`,
    ...(sqlMode === undefined ? [] : [`sql_mode = ${quoteLiteral(sqlMode)}`]),
    ...(timeZone === undefined
      ? []
      : [`time_zone = ${quoteLiteral(timeZone)}`]),
  ].join(", ")}`;
}

/**
 * Routines, triggers and events keep the collation that their schema had when they were made, and what is made now gets that of now: it
 * is changed for them and back again, as a step that is repeated whole after a crash.
 */
export function underCollation(
  statements: readonly string[],
  collation: { readonly then: string; readonly now: string },
): readonly string[] {
  if (collation.then === collation.now) return statements;
  return [
    `ALTER DATABASE COLLATE ${collation.then}`,
    ...statements,
    `ALTER DATABASE COLLATE ${collation.now}`,
  ];
}
