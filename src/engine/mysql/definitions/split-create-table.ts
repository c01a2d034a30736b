import { TidemarkError } from "../../../core/errors.ts";
import {
  closingParenthesis,
  MASKED,
  maskQuoted,
  quotedNameAt,
  splitAtCommas,
} from "./mask-quoted.ts";

/** A key as SHOW CREATE TABLE has it. */
export interface PrintedKey {
  readonly kind:
    "primary" | "unique" | "plain" | "fulltext" | "spatial" | "vector";
  /** undefined of a PRIMARY KEY. */
  readonly name: string | undefined;
  /** The first column; undefined where an expression comes first. */
  readonly firstColumn: string | undefined;
  /** Its line, as it is also written in ALTER TABLE … ADD. */
  readonly text: string;
}

export interface PrintedForeignKey {
  readonly name: string;
  readonly text: string;
  /** undefined: the schema of the table itself. */
  readonly schema: string | undefined;
  readonly table: string;
}

/** SHOW CREATE TABLE in its parts. */
export interface PrintedTable {
  /** `CREATE TABLE `t``. */
  readonly head: string;
  /** Columns, checks and periods: everything that is neither a key nor a foreign key, in order. */
  readonly lines: readonly string[];
  readonly autoIncrement: string | undefined;
  readonly keys: readonly PrintedKey[];
  readonly foreignKeys: readonly PrintedForeignKey[];
  /** Engine, options and partitions: all behind the closing parenthesis. */
  readonly tail: string;
}

const KEY = /^(?:(PRIMARY|UNIQUE|FULLTEXT|SPATIAL|VECTOR) )?KEY /;
const FOREIGN_KEY = /^CONSTRAINT •+ FOREIGN KEY /;
const KEPT = /^(?:•|CONSTRAINT •+ CHECK |CHECK |PERIOD FOR )/;

/**
 * Of text printed under an sql_mode without ANSI_QUOTES and NO_BACKSLASH_ESCAPES. The lines are told from one another by commas
 * outside quotes and parentheses: names may have line breaks in them. Throws SOURCE_UNREADABLE on a line of a kind unknown here.
 */
export function splitCreateTable(sql: string): PrintedTable {
  const masked = maskQuoted(sql);
  const open = masked.indexOf("(");
  const close = open === -1 ? -1 : closingParenthesis(masked, open);
  if (!/^CREATE TABLE •+ \(/.test(masked) || close === -1)
    throw unreadable(sql, sql.split("\n", 1)[0] ?? "");
  const parts = splitAtCommas(
    sql.slice(open + 1, close),
    masked.slice(open + 1, close),
  ).map((part) => part.trim());
  const lines: string[] = [];
  const keys: PrintedKey[] = [];
  const foreignKeys: PrintedForeignKey[] = [];
  let autoIncrement: string | undefined;
  for (const part of parts) {
    const mask = maskQuoted(part);
    if (KEY.test(mask)) keys.push(parseKey(part, mask));
    else if (FOREIGN_KEY.test(mask))
      foreignKeys.push(parseForeignKey(part, mask));
    else if (KEPT.test(mask)) lines.push(part);
    else throw unreadable(sql, part);
    if (mask.startsWith(MASKED) && / AUTO_INCREMENT\b/.test(mask))
      autoIncrement = quotedNameAt(part, 0);
  }
  return {
    head: sql.slice(0, open).trimEnd(),
    ...{ lines, autoIncrement, keys, foreignKeys },
    tail: sql.slice(close + 1).trim(),
  };
}

/** `[PRIMARY |UNIQUE |…]KEY [`name`] [USING BTREE] (…)…`; MariaDB has `KEY `name` USING HASH (…)` too. */
function parseKey(text: string, mask: string): PrintedKey {
  const word = KEY.exec(mask)?.[1]?.toLowerCase() ?? "plain";
  const open = mask.indexOf("(");
  const name = mask.indexOf(MASKED);
  return {
    kind: word as PrintedKey["kind"],
    name: name === -1 || name > open ? undefined : quotedNameAt(text, name),
    firstColumn: quotedNameAt(text, open + 1),
    text,
  };
}

/** `CONSTRAINT `name` FOREIGN KEY (…) REFERENCES [`schema`.]`table` (…)…`. */
function parseForeignKey(text: string, mask: string): PrintedForeignKey {
  const from = mask.indexOf(" REFERENCES ") + " REFERENCES ".length;
  const first = quotedNameAt(text, from) ?? "";
  const dot = mask.indexOf(".", from);
  const isQualified = dot !== -1 && dot < mask.indexOf("(", from);
  return {
    name: quotedNameAt(text, "CONSTRAINT ".length) ?? "",
    text,
    schema: isQualified ? first : undefined,
    table: isQualified ? (quotedNameAt(text, dot + 1) ?? "") : first,
  };
}

function unreadable(sql: string, line: string): TidemarkError {
  return new TidemarkError(
    "SOURCE_UNREADABLE",
    `a line of SHOW CREATE TABLE is not understood: ${line}`,
    {
      hint: "leave that table out (`tables` of the source), and report the line",
      details: { statement: sql },
    },
  );
}
