import { quoteIdentifier } from "../quote.ts";
import { type Draft, addressOf, makes } from "./draft.ts";
import { type RunQuery, readRows } from "./query.ts";
import { isOwnObject, isUserSchema } from "./user-objects.ts";

interface SchemaRow {
  readonly oid: number;
  readonly name: string;
}

export async function draftSchemas(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<SchemaRow>(
    query,
    `SELECT n.oid::int8 AS oid, n.nspname AS name FROM pg_namespace AS n
     WHERE ${isUserSchema("n")} AND ${isOwnObject("pg_namespace", "n.oid")}`,
  );
  return rows.map(({ oid, name }) =>
    makes("pg_namespace", oid, {
      kind: "schema",
      name,
      phase: "structure",
      // A new database has `public` already.
      statements: [
        `CREATE SCHEMA ${name === "public" ? "IF NOT EXISTS " : ""}${quoteIdentifier(name)}`,
      ],
    }),
  );
}

interface ExtensionRow {
  readonly oid: number;
  readonly name: string;
  readonly schema: string;
  readonly schemaOid: number;
}

/** Without a version: the target's server has the one that fits it. */
export async function draftExtensions(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<ExtensionRow>(
    query,
    `SELECT e.oid::int8 AS oid, e.extname AS name, n.nspname AS schema, n.oid::int8 AS "schemaOid"
     FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace`,
  );
  return rows.map((row) =>
    makes("pg_extension", row.oid, {
      kind: "extension",
      name: row.name,
      phase: "structure",
      statements: [
        `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(row.name)} WITH SCHEMA ${quoteIdentifier(row.schema)}`,
      ],
      needs: [addressOf("pg_namespace", row.schemaOid)],
    }),
  );
}

interface LanguageRow {
  readonly oid: number;
  readonly name: string;
  readonly trusted: boolean;
  readonly handler: string | null;
  readonly inline: string | null;
  readonly validator: string | null;
}

/** Languages made by hand; those of extensions come with them. */
export async function draftLanguages(query: RunQuery): Promise<Draft[]> {
  const rows = await readRows<LanguageRow>(
    query,
    `SELECT l.oid::int8 AS oid, l.lanname AS name, l.lanpltrusted AS trusted,
       nullif(l.lanplcallfoid, 0)::regproc::text AS handler, nullif(l.laninline, 0)::regproc::text AS inline,
       nullif(l.lanvalidator, 0)::regproc::text AS validator
     FROM pg_language AS l WHERE l.lanispl AND l.oid >= 16384 AND ${isOwnObject("pg_language", "l.oid")}`,
  );
  return rows.map((row) =>
    makes("pg_language", row.oid, {
      kind: "language",
      name: row.name,
      phase: "structure",
      statements: [
        `CREATE ${row.trusted ? "TRUSTED " : ""}LANGUAGE ${quoteIdentifier(row.name)} HANDLER ${row.handler ?? "NONE"}` +
          (row.inline === null ? "" : ` INLINE ${row.inline}`) +
          (row.validator === null ? "" : ` VALIDATOR ${row.validator}`),
      ],
    }),
  );
}
