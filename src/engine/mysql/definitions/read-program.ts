import { TidemarkError } from "../../../core/errors.ts";
import { tableLabel, type TableId } from "../../../core/shape.ts";
import type { DefinedObject } from "../../definitions.ts";
import { quoteIdentifier, quoteQualified } from "../quote.ts";
import { type RunQuery, textOf } from "./query.ts";
import type { Schema } from "./schemas.ts";
import { settingsBefore, underCollation } from "./session-settings.ts";

/** What has a body: the user's own text, which means what it meant in the session that it was made in. */
export interface Program {
  readonly kind:
    "function" | "procedure" | "package" | "package body" | "trigger" | "event";
  readonly schema: string;
  readonly name: string;
  /** Beside its schema. */
  readonly needs: readonly string[];
  readonly table?: TableId;
}

/** The object that makes it. Throws RIGHT_MISSING. */
export async function readProgram(
  query: RunQuery,
  program: Program,
  schema: Schema,
): Promise<DefinedObject> {
  const { kind, name, table } = program;
  const id = quoteQualified(program.schema, name);
  const label = tableLabel({ namespace: program.schema, name });
  const [shown = []] = await query(`SHOW CREATE ${kind.toUpperCase()} ${id}`);
  // Name, sql_mode, of an event its time zone, statement, and the character set and the two collations that it was made under.
  const isEvent = kind === "event";
  const [, sqlMode] = shown;
  const timeZone = isEvent ? shown[2] : undefined;
  const [text, client, connection, then] = shown.slice(isEvent ? 3 : 2);
  // The server says that there is one, and not what it does.
  if (text === null || text === undefined) throw hidden(kind, label);
  const settings = settingsBefore({
    client: textOf(client),
    connection: textOf(connection),
    sqlMode: textOf(sqlMode),
    ...(isEvent ? { timeZone: textOf(timeZone) } : {}),
  });
  return {
    id,
    kind,
    name: label,
    phase: "rest",
    within: program.schema,
    statements: underCollation([settings, text], {
      then: textOf(then),
      now: schema.collation,
    }),
    needs: [`schema ${quoteIdentifier(program.schema)}`, ...program.needs],
    ...(table === undefined ? {} : { table }),
  };
}

function hidden(kind: string, label: string): TidemarkError {
  return new TidemarkError(
    "RIGHT_MISSING",
    `the definition of ${kind} ${label} is not shown to this user`,
    {
      hint: "GRANT SHOW_ROUTINE ON *.* to it; on MariaDB GRANT SELECT ON mysql.proc, or SHOW CREATE ROUTINE ON *.* from 11.3 on",
    },
  );
}
