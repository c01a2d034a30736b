import type { NamedObject, TokenCursor } from "./token-cursor.ts";

/** Which tables' rows may be others, or be read otherwise, after an ALTER TABLE of `table`, of which the clauses come next. */
export function alteredTables(
  table: NamedObject,
  cursor: TokenCursor,
): readonly NamedObject[] {
  const others: NamedObject[] = [];
  let harmless = true;
  for (const clause of cursor.clauses()) {
    if (isHarmless(clause)) continue;
    harmless = false;
    const other = otherTable(clause);
    if (other !== undefined) others.push(other);
  }
  return harmless ? [] : [table, ...others];
}

/** Options that say nothing of rows. */
const OPTIONS = [
  ...["COMMENT", "AUTO_INCREMENT", "ALGORITHM", "LOCK", "DISABLE", "ENABLE"],
  ...["STATS_PERSISTENT", "STATS_AUTO_RECALC", "STATS_SAMPLE_PAGES"],
  ...["WAIT", "NOWAIT"],
];

/**
 * Secondary keys, foreign keys, checks, defaults and comments are definitions: no row is another one after it. A written list; whatever is not
 * in it ends the table's history. Leaves the clause where it was unless it is harmless.
 */
function isHarmless(clause: TokenCursor): boolean {
  const { word } = clause;
  if (clause.atEnd) return true;
  if (OPTIONS.includes(word)) return hasNoMoreThanAnOption(clause);
  switch (word) {
    case "ADD":
      return addsKey(clause);
    case "DROP":
      return dropsKey(clause);
    case "RENAME":
      return clause.accept("RENAME", "INDEX") || clause.accept("RENAME", "KEY");
    case "ALTER":
      return altersDefinition(clause);
    default:
      return false;
  }
}

/** `COMMENT = 'x' ENGINE = y` are two options without a comma. */
function hasNoMoreThanAnOption(clause: TokenCursor): boolean {
  const word = clause.word;
  clause.skip();
  clause.accept("=");
  if (word === "DISABLE" || word === "ENABLE") return clause.accept("KEYS");
  if (word !== "NOWAIT") clause.skip();
  return clause.atEnd || isHarmless(clause);
}

const KEYS = ["INDEX", "KEY", "FULLTEXT", "SPATIAL", "UNIQUE"];

function addsKey(clause: TokenCursor): boolean {
  clause.skip();
  if (clause.accept("CONSTRAINT")) {
    clause.accept("IF", "NOT", "EXISTS");
    if (!["FOREIGN", "UNIQUE", "CHECK", "PRIMARY"].includes(clause.word))
      clause.name();
  }
  return [...KEYS, "FOREIGN", "CHECK"].includes(clause.word);
}

function dropsKey(clause: TokenCursor): boolean {
  clause.skip();
  if (clause.acceptAny("FOREIGN", "CHECK")) return true;
  if (!clause.acceptAny("INDEX", "KEY", "CONSTRAINT")) return false;
  clause.accept("IF", "EXISTS");
  return clause.name()?.toUpperCase() !== "PRIMARY";
}

function altersDefinition(clause: TokenCursor): boolean {
  clause.skip();
  if (clause.acceptAny("INDEX", "KEY", "CHECK", "CONSTRAINT")) return true;
  clause.accept("COLUMN");
  clause.accept("IF", "EXISTS");
  clause.name();
  return clause.accept("SET", "DEFAULT") || clause.accept("DROP", "DEFAULT");
}

/** The second table of a RENAME, or of an exchange of a partition. */
function otherTable(clause: TokenCursor): NamedObject | undefined {
  if (clause.accept("RENAME")) {
    if (clause.word === "COLUMN") return undefined;
    if (!clause.acceptAny("TO", "AS")) clause.accept("=");
    return clause.object();
  }
  // EXCHANGE PARTITION p WITH TABLE t; MariaDB: CONVERT PARTITION p TO TABLE t, CONVERT TABLE t TO PARTITION …
  if (clause.acceptAny("EXCHANGE", "CONVERT") && clause.skipBeyond("TABLE"))
    return clause.object();
  return undefined;
}
