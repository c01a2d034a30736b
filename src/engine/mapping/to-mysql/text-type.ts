import { byText, type Conversion } from "../conversion.ts";
import type { MappedType } from "../mapped-type.ts";
import { quoteLiteral } from "../../mysql/quote.ts";

/** MySQL's longest CHAR. */
const MOST_CHAR = 255;

export interface TextRoom {
  /** Of a column that a primary, unique or foreign key holds: no longer value can be in it. */
  readonly keyLength: number | undefined;
  /** A longer varchar becomes longtext: all columns of a row have 65535 bytes together. */
  readonly mostVarchar: number;
}

/** Zero bytes cannot be in Postgres, and in MySQL they can. */
const UTF8: Conversion = { kind: "utf8", allowsZero: true };

export function textType(
  room: TextRoom,
  of: { readonly length?: number; readonly isPadded?: true },
): MappedType {
  const { keyLength, mostVarchar } = room;
  const { length, isPadded } = of;
  const conversion = isPadded === true ? byText(withoutPadding) : UTF8;
  const fits = length !== undefined && length <= (keyLength ?? mostVarchar);
  if (fits) {
    const word = isPadded === true && length <= MOST_CHAR ? "char" : "varchar";
    return text(`${word}(${length})`, conversion);
  }
  if (keyLength !== undefined) {
    return {
      ...text(`varchar(${keyLength})`, noLongerThan(keyLength, conversion)),
      remark: `becomes varchar(${keyLength}), because a key holds it: a longer value stops the restore`,
    };
  }
  return {
    ...text("longtext", conversion),
    literal: (value) => `(${quoteLiteral(value)})`,
    ...(length === undefined
      ? {}
      : { remark: `becomes longtext: its length of ${length} is not kept` }),
  };
}

export function byteType({
  keyLength,
}: TextRoom): Omit<MappedType, "conversion"> {
  if (keyLength === undefined)
    return { type: "longblob", comparable: "binary" };
  return {
    type: `varbinary(${keyLength})`,
    comparable: "binary",
    remark: `becomes varbinary(${keyLength}), because a key holds it: a longer value stops the restore`,
  };
}

function text(type: string, conversion: Conversion): MappedType {
  return { type, conversion, comparable: "text", literal: quoteLiteral };
}

/** Postgres's char(n) comes with spaces up to its length, which mean nothing; MySQL keeps none. */
function withoutPadding(value: string): string {
  return value.replace(/ +$/, "");
}

function noLongerThan(most: number, conversion: Conversion): Conversion {
  return byText((value) => {
    const kept = conversion.kind === "text" ? conversion.convert(value) : value;
    // A surrogate pair counts twice in `length`.
    if (kept.length > most && [...kept].length > most)
      throw new RangeError(`a text of more than ${most} characters`);
    return kept;
  });
}
