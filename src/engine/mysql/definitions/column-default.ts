import type { ColumnDefault } from "../../table-structure.ts";

const NOW =
  /^(?:current_timestamp|now|localtimestamp|curdate|curtime)(?:\(\d?\))?$/i;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const QUOTED = /^_?\w*'((?:[^'\\]|''|\\.)*)'$/s;
const BITS = /^b'([01]*)'$/i;

/**
 * What information_schema has of a default. MySQL: the text of a constant, or an expression, which EXTRA tells. MariaDB: an expression
 * always, in which a constant stands in quotes.
 */
export function columnDefault(
  text: string | null | undefined,
  of: {
    readonly flavour: "mysql" | "mariadb";
    readonly type: string;
    readonly isExpression: boolean;
  },
): ColumnDefault | undefined {
  if (text == null) return undefined;
  const bits = BITS.exec(text)?.[1];
  if (bits !== undefined && of.type.startsWith("bit"))
    return { kind: "literal", text: BigInt(`0b${bits || "0"}`).toString() };
  const isTemporal = /^(?:timestamp|datetime|date|time)\b/.test(of.type);
  if (isTemporal && NOW.test(text)) return { kind: "now" };
  if (of.flavour === "mysql" && !of.isExpression)
    return { kind: "literal", text };
  if (text === "NULL") return undefined;
  if (NUMBER.test(text)) return { kind: "literal", text };
  if (/^nextval\(/i.test(text)) return { kind: "sequence" };
  const quoted = QUOTED.exec(text)?.[1];
  return quoted === undefined
    ? { kind: "expression", text }
    : { kind: "literal", text: unescapeLiteral(quoted) };
}

/** As both servers print it: a quote doubled or escaped, a backslash doubled. */
function unescapeLiteral(text: string): string {
  return text.replaceAll(/''|\\(.)/gs, (all, letter?: string) =>
    letter === undefined ? "'" : (LETTERS[letter] ?? all.slice(1)),
  );
}

const LETTERS: Readonly<Record<string, string>> = {
  "0": "\0",
  b: "\b",
  n: "\n",
  r: "\r",
  t: "\t",
  Z: "\x1a",
};
