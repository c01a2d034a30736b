import type { DefinedObject } from "../../definitions.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import { type RunQuery, textOf } from "./query.ts";

export interface Schema {
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
  /** MySQL: whether tables made in it are encrypted unless they say otherwise. */
  readonly encrypted: boolean;
  readonly comment: string;
}

/** Of the server itself, and Tidemark's own. */
const NO_USERS = [
  "information_schema",
  "mysql",
  "performance_schema",
  "sys",
  "tidemark",
  "tidemark_restore",
];

export const IS_USER_SCHEMA = (column: string): string =>
  `${column} NOT IN (${NO_USERS.map(quoteLiteral).join(", ")})`;

export async function readSchemas(
  query: RunQuery,
  flavour: "mysql" | "mariadb",
): Promise<readonly Schema[]> {
  const more =
    flavour === "mysql"
      ? "default_encryption = 'YES', ''"
      : "0, schema_comment";
  const rows = await query(
    `SELECT schema_name, default_character_set_name, default_collation_name, ${more}
       FROM information_schema.schemata WHERE ${IS_USER_SCHEMA("schema_name")} ORDER BY schema_name`,
  );
  return rows.map(([name, charset, collation, encrypted, comment]) => ({
    name: textOf(name),
    charset: textOf(charset),
    collation: textOf(collation),
    encrypted: encrypted === "1",
    comment: textOf(comment),
  }));
}

/** It may be there already, as others make schemas. */
export function defineSchema(schema: Schema): DefinedObject {
  const name = quoteIdentifier(schema.name);
  const options = [
    `CHARACTER SET ${schema.charset} COLLATE ${schema.collation}`,
    ...(schema.encrypted ? ["ENCRYPTION 'Y'"] : []),
    ...(schema.comment === ""
      ? []
      : [`COMMENT ${quoteLiteral(schema.comment)}`]),
  ].join(" ");
  return {
    id: name,
    kind: "schema",
    name: schema.name,
    phase: "structure",
    statements: [
      `CREATE DATABASE IF NOT EXISTS ${name} ${options}`,
      `ALTER DATABASE ${name} ${options}`,
    ],
  };
}
