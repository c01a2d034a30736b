import { quoteLiteral } from "./quote.ts";

export type Flavour = "mysql" | "mariadb";

/** A server may let connections wait this long at most, a year. */
const YEAR_S = 31_536_000;

/**
 * Whoever reads or writes has to see and mean the same, whatever the server's defaults are; and long work is not to be ended by
 * them: a load takes as long as it takes, whoever reads rows may be slow, and a connection that holds a snapshot is idle by design.
 */
const COMMON: Readonly<Record<string, string | number>> = {
  // Of the column's own character set, as they are stored. Statements and what the server says itself are utf8mb4 and utf8mb3.
  character_set_results: "binary",
  time_zone: "+00:00",
  sql_mode:
    "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION",
  autocommit: 1,
  completion_type: "NO_CHAIN",
  sql_auto_is_null: 0,
  sql_quote_show_create: 1,
  sql_safe_updates: 0,
  sql_big_selects: 1,
  lc_time_names: "en_US",
  group_concat_max_len: 1_073_741_824,
  wait_timeout: YEAR_S,
  net_read_timeout: YEAR_S,
  net_write_timeout: YEAR_S,
};

const OWN: Readonly<Record<Flavour, Readonly<Record<string, number>>>> = {
  mysql: {
    max_execution_time: 0,
    // What is asked of information_schema is now, not a day old.
    information_schema_stats_expiry: 0,
  },
  mariadb: {
    max_statement_time: 0,
    idle_transaction_timeout: 0,
    idle_readonly_transaction_timeout: 0,
    idle_write_transaction_timeout: 0,
  },
};

export function sessionStatements(
  flavour: Flavour,
  settings: Readonly<Record<string, string | number>> = {},
): readonly string[] {
  const all = Object.entries({ ...COMMON, ...OWN[flavour], ...settings });
  return [
    "SET NAMES utf8mb4",
    `SET ${all.map(([name, value]) => `SESSION ${name} = ${write(value)}`).join(", ")}`,
    "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE",
  ];
}

function write(value: string | number): string {
  return typeof value === "number" ? String(value) : quoteLiteral(value);
}
