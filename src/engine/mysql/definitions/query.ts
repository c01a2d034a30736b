/** Runs a statement in a session of the source whose results come in utf8mb4, with sql_mode='' and time_zone='+00:00'. */
export type RunQuery = (
  sql: string,
) => Promise<readonly (readonly (string | null)[])[]>;

/** Of a column that is never null. */
export function textOf(value: string | null | undefined): string {
  if (value === null || value === undefined)
    throw new TypeError("a null where none can be");
  return value;
}
