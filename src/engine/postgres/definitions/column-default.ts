import type { ColumnDefault } from "../../table-structure.ts";

const NUMBER = /^\(?(-?\d+(?:\.\d+)?)\)?$/;
/** A constant and its type; anything behind that makes an expression of it. */
const QUOTED =
  /^(E?)'((?:[^']|'')*)'(?:::[\w ."]+(?:\(\d+(?:,-?\d+)?\))?[\w ]*(?:\[\])*)?$/;
const NOW =
  /^(?:now\(\)|CURRENT_TIMESTAMP(?:\(\d\))?|LOCALTIMESTAMP(?:\(\d\))?|CURRENT_DATE|transaction_timestamp\(\))$/;

/** What pg_get_expr prints of a default: a constant has its type's canonical text, for it was read when it was defined. */
export function columnDefault(expression: string): {
  readonly default?: ColumnDefault;
} {
  const number = NUMBER.exec(expression)?.[1];
  if (number !== undefined) return literal(number);
  if (/^(?:true|false)$/.test(expression))
    return literal(expression.slice(0, 1));
  if (/^NULL::/.test(expression)) return {};
  if (NOW.test(expression)) return { default: { kind: "now" } };
  if (/^nextval\('/.test(expression)) return { default: { kind: "sequence" } };
  const quoted = QUOTED.exec(expression);
  if (quoted?.[2] === undefined)
    return { default: { kind: "expression", text: expression } };
  const text = quoted[2].replaceAll("''", "'");
  return literal(quoted[1] === "E" ? text.replaceAll("\\\\", "\\") : text);
}

function literal(text: string): { readonly default: ColumnDefault } {
  return { default: { kind: "literal", text } };
}
