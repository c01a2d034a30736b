import type { PostgresDefinitions, LocaleProvider } from "../../definitions.ts";
import { type RunQuery, readRows } from "./query.ts";

interface DatabaseRow {
  readonly serverVersion: string;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly localeProvider: string | null;
  readonly locale: string | null;
}

const PROVIDERS: Readonly<Record<string, LocaleProvider>> = {
  c: "libc",
  i: "icu",
  b: "builtin",
};

/** Columns that came with 15 and 17 are looked up by name, so that one statement serves every version. */
export async function readDatabase(
  query: RunQuery,
): Promise<Pick<PostgresDefinitions, "serverVersion" | "database">> {
  const [row] = await readRows<DatabaseRow>(
    query,
    `SELECT split_part(current_setting('server_version'), ' ', 1) AS "serverVersion",
       pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
       to_jsonb(d) ->> 'datlocprovider' AS "localeProvider",
       coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
     FROM pg_database AS d WHERE d.datname = current_database()`,
  );
  if (row === undefined) throw new Error("pg_database lacks this database");
  const { serverVersion, localeProvider, ...database } = row;
  return {
    serverVersion,
    database: {
      ...database,
      localeProvider: PROVIDERS[localeProvider ?? "c"] ?? "libc",
    },
  };
}
