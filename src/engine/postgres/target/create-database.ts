import { hasCode, TidemarkError } from "../../../core/errors.ts";
import type { PostgresDefinitions } from "../../definitions.ts";
import type { PostgresAddress, PostgresConnection } from "../connection.ts";
import { sqlState } from "../errors.ts";
import { quoteIdentifier, quoteLiteral } from "../quote.ts";
import { openMaintenance } from "./inspect-target.ts";

/** duplicate_database, and unique_violation where two make it at the same time. */
const EXISTS = ["42P04", "23505"];

/**
 * With the source's encoding and locale, so that text sorts and compares as it did there. It may be there by now: made at the
 * same time by another restore, or by the server, which finishes what a killed one began.
 */
export async function createDatabase(
  address: PostgresAddress,
  from: PostgresDefinitions["database"],
  signal: AbortSignal,
): Promise<void> {
  await using connection = await openMaintenance(address, signal);
  const sql = [
    `CREATE DATABASE ${quoteIdentifier(address.database)} TEMPLATE template0`,
    `ENCODING ${quoteLiteral(from.encoding)}`,
    `LC_COLLATE ${quoteLiteral(from.collate)} LC_CTYPE ${quoteLiteral(from.ctype)}`,
    ...providerOptions(from, await majorVersion(connection)),
  ].join(" ");
  try {
    await connection.query(sql);
  } catch (error) {
    if (EXISTS.includes(sqlState(error) ?? "")) return;
    if (hasCode(error, "RIGHT_MISSING")) {
      const database = quoteIdentifier(address.database);
      const role = quoteIdentifier(address.user);
      throw new TidemarkError(
        "RIGHT_MISSING",
        `database ${address.database} does not exist and this role may not create it: ${error instanceof Error ? error.message : String(error)}`,
        {
          cause: error,
          hint: `ALTER ROLE ${role} CREATEDB; or CREATE DATABASE ${database} OWNER ${role} TEMPLATE template0;`,
        },
      );
    }
    if (error instanceof TidemarkError && error.code === "STATEMENT_FAILED") {
      throw new TidemarkError(
        "TARGET_UNSUITABLE",
        `database ${address.database} cannot be created as the source is: ${error.message}`,
        {
          cause: error,
          hint: "install that locale on the target's host, or create the database by hand and restore into it",
        },
      );
    }
    throw error;
  }
}

async function majorVersion(connection: PostgresConnection): Promise<number> {
  const { version } = await connection.queryOne<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  return Math.floor(version / 10_000);
}

/** Postgres 14 knows no other provider than libc, nor the word for it. */
function providerOptions(
  from: PostgresDefinitions["database"],
  targetMajor: number,
): string[] {
  switch (from.localeProvider) {
    case "icu":
      return [
        `LOCALE_PROVIDER icu ICU_LOCALE ${quoteLiteral(from.locale ?? "und")}`,
      ];
    case "builtin":
      return [
        `LOCALE_PROVIDER builtin BUILTIN_LOCALE ${quoteLiteral(from.locale ?? "C.UTF-8")}`,
      ];
    case "libc":
      return targetMajor < 15 ? [] : ["LOCALE_PROVIDER libc"];
  }
}
