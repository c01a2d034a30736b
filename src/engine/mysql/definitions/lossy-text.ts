import type { DefinedObject } from "../../definitions.ts";
import { MASKED, maskQuoted } from "./mask-quoted.ts";

/**
 * Servers keep the texts of tables in utf8mb3, and print `?` for each character beyond it: of a label or a default that has one it cannot
 * be told whether the source has another character there. One line for each such table.
 */
export function lossyText(object: DefinedObject): readonly string[] {
  if (object.kind !== "table") return [];
  const doubtful = object.statements.some((sql) => {
    const masked = maskQuoted(sql);
    for (let at = sql.indexOf("?"); at !== -1; at = sql.indexOf("?", at + 1))
      if (masked[at] === MASKED) return true;
    return false;
  });
  return doubtful
    ? [
        `a "?" in the definition of table ${object.name}: the server prints it for characters beyond the basic plane too, and the target will have "?"`,
      ]
    : [];
}
