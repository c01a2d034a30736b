/** The schema of our log in a source: in no base, no restore, and of its rows only inserts into `log` are events. */
export const TIDEMARK_SCHEMA = "tidemark";
export const TIDEMARK_LOG = "log";

/** The server's own; what happens in them is no history of anybody's data. */
export const SYSTEM_SCHEMAS: readonly string[] = [
  ...["mysql", "sys", "performance_schema", "information_schema"],
];
