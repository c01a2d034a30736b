import type { StructureType } from "../../table-structure.ts";
import { type PostgresArray, parseArray } from "../values/postgres-arrays.ts";
import { finiteNumber } from "../values/floats.ts";
import { jsonDouble } from "../../mysql/values/json-double.ts";
import { quoteJson } from "../values/json.ts";

/** Text of an array → JSON as MySQL writes it: integers, floats and booleans as such, everything else as strings, so that no digit is lost. */
export function arrayJson(element: StructureType): (text: string) => string {
  const write = elementWriter(element);
  const writeAll = (array: PostgresArray): string =>
    `[${array
      .map((each) =>
        each === null
          ? "null"
          : typeof each === "string"
            ? write(each)
            : writeAll(each),
      )
      .join(", ")}]`;
  return (text) => writeAll(parseArray(text));
}

function elementWriter({
  kind,
  type,
}: StructureType): (text: string) => string {
  if (kind !== undefined) return quoteJson;
  switch (type) {
    case "smallint":
    case "integer":
    case "bigint":
      return (text) => text;
    case "real":
      return (text) => jsonDouble(finiteNumber(text));
    case "double precision":
      return (text) => jsonDouble(finiteNumber(text));
    case "boolean":
      return (text) => (text === "t" ? "true" : "false");
    default:
      return quoteJson;
  }
}
