import { formatInstant } from "../core/instant.ts";
import type { LoggedChange, NamedRow } from "../history/logged-change.ts";
import type {
  LoggedEvent,
  LoggedTable,
  LoggedTransaction,
} from "../history/transaction-tally.ts";
import type { Colors } from "./colors.ts";
import { formatCount } from "./terminal.ts";

/** Rows of one transaction that an application seldom touches by intent. */
const MANY_ROWS = 1_000;
const VALUE_CHARACTERS = 60;

/** Columns of fixed widths: a log is printed as it is read. */
export const LOG_HEADING = line(["SEQ", "COMMITTED", "ROWS", "WHAT"]);

/** `     812  2026-11-21T10:00:00.000000Z      20,000  UPDATE 20,000 public.orders  by user=alice` */
export function printTransaction(
  transaction: LoggedTransaction,
  colors: Colors,
): string {
  const { seq, committedAt, rows, tables, events, moreEvents } = transaction;
  const what = [
    ...tables.map(describeTable),
    ...events.map(describeEvent),
    ...(moreEvents === 0 ? [] : [`and ${formatCount(moreEvents)} more events`]),
  ].join("  ");
  const text = line([
    `${seq}`,
    formatInstant(committedAt),
    formatCount(rows),
    what,
  ]);
  const truncates = tables.some((table) => table.truncates > 0);
  if (rows < MANY_ROWS && !truncates) return text;
  return colors.bold(colors.yellow(text));
}

function line(
  cells: readonly [seq: string, at: string, rows: string, what: string],
): string {
  const [seq, at, rows, what] = cells;
  return `${seq.padStart(10)}  ${at.padEnd(27)}  ${rows.padStart(11)}  ${what}`.trimEnd();
}

function describeTable(table: LoggedTable): string {
  const counts = [
    ["INSERT", table.inserts],
    ["UPDATE", table.updates],
    ["DELETE", table.deletes],
  ] as const;
  const done = counts
    .filter(([, count]) => count > 0)
    .map(([verb, count]) => `${verb} ${formatCount(count)}`);
  if (table.truncates > 0) done.push("TRUNCATE");
  return `${done.join(" ")} ${table.table}`;
}

function describeEvent({ kind, name, body }: LoggedEvent): string {
  switch (kind) {
    case "context":
      return `by ${describeContext(body)}`;
    case "marker":
      return `marker ${name}`;
    case "ddl":
      return `${name}${describeObjects(body)}`;
    case "sequence":
    case "heartbeat":
    case "filter":
      return `${kind} ${name}`;
  }
}

function describeContext(body: LoggedEvent["body"]): string {
  if (typeof body === "string") return shorten(body);
  const pairs = Object.entries(body).map(
    ([key, value]) =>
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return shorten(pairs.join(" "));
}

/** `objects` of a DDL event, see docs/events.md. */
function describeObjects(body: LoggedEvent["body"]): string {
  const objects = typeof body === "string" ? undefined : body["objects"];
  if (!Array.isArray(objects)) return "";
  const names = objects.flatMap((object: unknown) => {
    if (typeof object !== "object" || object === null) return [];
    const { name, type } = object as { name?: unknown; type?: unknown };
    // GRANT and REVOKE come without a name.
    if (typeof name === "string") return [name];
    return typeof type === "string" ? [type.toLowerCase()] : [];
  });
  return names.length === 0 ? "" : ` ${shorten(names.join(", "))}`;
}

/** Indented below its transaction. */
export function printChange(change: LoggedChange, colors: Colors): string {
  const indent = " ".repeat(12);
  if (change.change === "truncate") {
    const { tables, cascade, restartIdentity } = change;
    return `${indent}${colors.red("TRUNCATE")} ${tables.join(", ")}${cascade ? " CASCADE" : ""}${restartIdentity ? " RESTART IDENTITY" : ""}`;
  }
  const { table, old } = change;
  switch (change.change) {
    case "insert":
      return `${indent}${colors.green("INSERT")} ${table} ${describeRow(change.new)}`;
    case "delete":
      return `${indent}${colors.red("DELETE")} ${table} ${describeRow(old)}`;
    case "update":
      return `${indent}${colors.yellow("UPDATE")} ${table} ${old === undefined ? "" : `${describeRow(old)} → `}${describeRow(change.new)}`;
  }
}

function describeRow(row: NamedRow = {}): string {
  const cells = Object.entries(row).map(
    ([name, value]) =>
      `${name}=${value === null ? "NULL" : shorten(JSON.stringify(value))}`,
  );
  return `(${cells.join(", ")})`;
}

/** One line on a terminal, whatever an application or a row holds: no control characters either. */
function shorten(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}]/gu, "?");
  return plain.length <= VALUE_CHARACTERS
    ? plain
    : `${plain.slice(0, VALUE_CHARACTERS - 1)}…`;
}
