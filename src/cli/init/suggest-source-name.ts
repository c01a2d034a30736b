import { parseDatabaseUrl } from "../../config/database-url.ts";
import { isSourceName } from "../../core/source-name.ts";

const SUFFIX =
  /_?(database|db|postgres|postgresql|pg|mysql|mariadb)?_?(url|uri|dsn|connection_string)?$/;

/** A name for a source: `ORDERS_DATABASE_URL` → orders; for a variable that says nothing, the database's own. */
export function suggestSourceName(
  variable: string,
  url: string | undefined,
): string {
  const candidates = [
    variable.toLowerCase().replace(SUFFIX, ""),
    databaseOf(url),
  ];
  return candidates.map(asName).find(isSourceName) ?? "main";
}

function databaseOf(url: string | undefined): string {
  if (url === undefined || url === "") return "";
  return parseDatabaseUrl(url).database.toLowerCase();
}

function asName(text: string): string {
  return text.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
}
