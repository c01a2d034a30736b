const BACKSLASH = "\\";
const QUOTES = "'\"`";

/** What stands for each character of a quoted name or literal, its quotes included; no server prints it outside of quotes. */
export const MASKED = "•";

/**
 * `sql` in the same length, with everything quoted masked, so that keywords, commas and parentheses can be looked for. For text that
 * a server prints under a session's sql_mode without NO_BACKSLASH_ESCAPES; a versioned comment is left as it is.
 */
export function maskQuoted(sql: string): string {
  const pieces: string[] = [];
  let plainFrom = 0;
  for (let at = 0; at < sql.length; at++) {
    if (!QUOTES.includes(sql[at] as string)) continue;
    const end = endOfQuoted(sql, at);
    pieces.push(sql.slice(plainFrom, at), MASKED.repeat(end - at));
    plainFrom = end;
    at = end - 1;
  }
  pieces.push(sql.slice(plainFrom));
  return pieces.join("");
}

/** Behind the closing quote. A quote is doubled inside; a backslash escapes in literals, not in names. */
function endOfQuoted(sql: string, from: number): number {
  const quote = sql[from] as string;
  for (let at = from + 1; at < sql.length; at++) {
    if (quote !== "`" && sql[at] === BACKSLASH) at++;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return sql.length;
}

/** Of `sql` and its mask: the pieces between commas that stand in no parentheses. */
export function splitAtCommas(sql: string, masked: string): readonly string[] {
  const pieces: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < masked.length; at++) {
    const character = masked[at];
    if (character === "(") depth++;
    else if (character === ")") depth--;
    else if (character === "," && depth === 0) {
      pieces.push(sql.slice(from, at));
      from = at + 1;
    }
  }
  return [...pieces, sql.slice(from)];
}

/** The place of the parenthesis that closes the one at `open`, or -1. */
export function closingParenthesis(masked: string, open: number): number {
  let depth = 0;
  for (let at = open; at < masked.length; at++) {
    if (masked[at] === "(") depth++;
    else if (masked[at] === ")" && --depth === 0) return at;
  }
  return -1;
}

/** The name that begins at `from` in backticks, or undefined. */
export function quotedNameAt(sql: string, from: number): string | undefined {
  if (sql[from] !== "`") return undefined;
  return sql.slice(from + 1, endOfQuoted(sql, from) - 1).replaceAll("``", "`");
}
