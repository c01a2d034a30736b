import type { StructureType } from "../../table-structure.ts";
import {
  byBytes,
  byText,
  type Conversion,
  convertText,
  SAME,
} from "../conversion.ts";
import {
  type MappedType,
  unquotedType,
  type TypeParts,
  typeParts,
} from "../mapped-type.ts";
import { quoteLiteral } from "../../mysql/quote.ts";
import { arrayJson } from "./array-json.ts";
import {
  canonicalNumber,
  finiteNumber,
  unsignedZero,
} from "../values/floats.ts";
import { bytesOfHex } from "../values/hex.ts";
import { mysqlJsonNumber } from "../values/json-numbers.ts";
import { parseJson, writeJson } from "../values/json.ts";
import {
  bitsToNumber,
  finiteDecimal,
  moneyDecimal,
  MOST_PRECISION,
  MOST_SCALE,
  widestDecimal,
} from "../values/numbers.ts";
import { mysqlDate, mysqlDatetime, mysqlTime } from "../values/times.ts";
import { byteType, textType, type TextRoom } from "./text-type.ts";

export interface MysqlPlace extends TextRoom {
  readonly flavour: "mysql" | "mariadb";
}

/** docs/mapping.md, "Postgres → MySQL and MariaDB": one case for each of its rows. */
export function mysqlType(
  source: StructureType,
  place: MysqlPlace,
): MappedType {
  switch (source.kind) {
    case "enum":
      return enumType(source, place);
    case "array":
      return arrayType(source, place);
    case "range":
    case "composite":
    case "extended":
      return asText(place);
    case undefined:
      return builtIn(source.type, place);
    default:
      return source.kind satisfies never;
  }
}

function builtIn(type: string, place: MysqlPlace): MappedType {
  const parts = typeParts(type);
  return (
    numberType(parts, place) ??
    timeType(parts) ??
    characterType(parts, place) ??
    otherType(parts, place) ??
    asText(place)
  );
}

function numberType(
  { name, numbers }: TypeParts,
  { flavour }: MysqlPlace,
): MappedType | undefined {
  const write = flavour === "mysql" ? canonicalNumber : unsignedZero;
  switch (name) {
    case "smallint":
    case "bigint":
      return unquotedType(name);
    case "integer":
      return unquotedType("int");
    case "oid":
      return unquotedType("int unsigned");
    case "boolean":
      return unquotedType(
        "tinyint(1)",
        byText((text) => (text === "t" ? "1" : "0")),
      );
    case "real":
      return unquotedType(
        "float",
        byText((text) => write(Math.fround(finiteNumber(text)))),
      );
    case "double precision":
      return unquotedType(
        "double",
        byText((text) => write(finiteNumber(text))),
      );
    case "money":
      return {
        ...unquotedType("decimal(19,2)", byText(moneyDecimal)),
        remark: "becomes decimal(19,2): its currency is not kept",
      };
    case "numeric":
      return numeric(numbers);
    default:
      return undefined;
  }
}

/** A scale may be below zero, or above the precision: then so many digits behind the point are zeros. */
function numeric([precision, scale = 0]: readonly number[]): MappedType {
  if (precision !== undefined) {
    const places = Math.max(0, scale);
    const digits = Math.max(precision - Math.min(0, scale), places);
    if (digits <= MOST_PRECISION && places <= MOST_SCALE)
      return unquotedType(
        `decimal(${digits},${places})`,
        byText(finiteDecimal),
      );
  }
  const widest = `decimal(${MOST_PRECISION},${MOST_SCALE})`;
  return {
    ...unquotedType(widest, byText(widestDecimal)),
    remark: `becomes ${widest}: how many zeros end a number is not kept, and one with more digits stops the restore`,
  };
}

function timeType({ name, numbers }: TypeParts): MappedType | undefined {
  const [digits = 6] = numbers;
  const suffix = digits === 0 ? "" : `(${digits})`;
  const datetime = quoted(
    `datetime${suffix}`,
    byText((text) => mysqlDatetime(text, digits)),
  );
  switch (name) {
    case "date":
      return { ...quoted("date", byText(mysqlDate)), now: "(CURRENT_DATE)" };
    case "time without time zone":
      return {
        ...quoted(
          `time${suffix}`,
          byText((text) => mysqlTime(text, digits)),
        ),
        now: `(CURRENT_TIME(${digits}))`,
      };
    case "timestamp without time zone":
      return { ...datetime, now: `CURRENT_TIMESTAMP(${digits})` };
    case "timestamp with time zone":
      return {
        ...datetime,
        now: `(UTC_TIMESTAMP(${digits}))`,
        remark: `becomes datetime${suffix} in UTC`,
      };
    case "time with time zone":
      return ascii(24, `becomes varchar(24): its text`);
    default:
      // `interval`, `interval day to second(3)`
      return name.startsWith("interval")
        ? ascii(128, "becomes varchar(128): its text")
        : undefined;
  }
}

function characterType(
  { name, numbers }: TypeParts,
  place: MysqlPlace,
): MappedType | undefined {
  const [length] = numbers;
  switch (name) {
    case "text":
    case "bpchar":
      return textType(place, {});
    case "character varying":
      return textType(place, length === undefined ? {} : { length });
    case "character":
      return textType(place, { length: length ?? 1, isPadded: true });
    case "name":
      return textType(place, { length: 64 });
    case '"char"':
      return textType(place, { length: 4 });
    case "bytea":
      return {
        ...byteType(place),
        conversion: byBytes(bytesOfHex),
      };
    default:
      return undefined;
  }
}

function otherType(
  { name, numbers }: TypeParts,
  place: MysqlPlace,
): MappedType | undefined {
  const [width = 1] = numbers;
  switch (name) {
    case "bit":
      return width <= 64
        ? unquotedType(`bit(${width})`, byText(bitsToNumber))
        : asText(place);
    case "uuid":
      return { ...ascii(36), type: `char(36) ${ASCII}` };
    case "inet":
    case "cidr":
      return ascii(43, "becomes varchar(43): its text");
    case "macaddr":
    case "macaddr8":
      return ascii(23, "becomes varchar(23): its text");
    case "json":
    case "jsonb":
      return jsonType(name, place);
    default:
      return undefined;
  }
}

/** MariaDB's JSON is a text that has to be JSON; MySQL reads a document and writes it its own way. */
function jsonType(name: "json" | "jsonb", { flavour }: MysqlPlace): MappedType {
  if (flavour === "mariadb") {
    return {
      type: "json",
      conversion: SAME,
      comparable: "json",
      literal: expressionLiteral,
    };
  }
  return {
    type: "json",
    conversion: byText((text) => writeJson(parseJson(text), mysqlJsonNumber)),
    comparable: "json",
    literal: expressionLiteral,
    remark:
      name === "json"
        ? "becomes json as MySQL writes it: spaces, the order of keys, keys said twice and the form of numbers are not kept, and a number that MySQL would round stops the restore"
        : "becomes json as MySQL writes it: the form of numbers is not kept, and one that MySQL would round stops the restore",
  };
}

function enumType(source: StructureType, place: MysqlPlace): MappedType {
  const labels = source.labels ?? [];
  // A label loses the spaces at its end, and one that is said twice then is an error.
  const isExact = labels.every((label) => !label.endsWith(" "));
  if (labels.length === 0 || !isExact) return asText(place);
  const indexes = new Map(labels.map((label, n) => [label, String(n + 1)]));
  return {
    type: `enum(${labels.map(quoteLiteral).join(",")})`,
    conversion: byText((text) => {
      const index = indexes.get(text);
      if (index === undefined) throw new RangeError("an unknown label");
      return index;
    }),
    comparable: `enum ${source.type}`,
    literal: quoteLiteral,
  };
}

function arrayType(source: StructureType, place: MysqlPlace): MappedType {
  const element = source.element;
  // The one type whose elements are not told apart by commas.
  if (element === undefined || element.type === "box") return asText(place);
  return {
    type: "json",
    conversion: byText(arrayJson(element)),
    comparable: "json",
    literal: (text) => expressionLiteral(arrayJson(element)(text)),
    remark: `becomes json: an array of ${jsonElements(element)}`,
  };
}

function jsonElements(element: StructureType): string {
  if (element.type === "boolean") return "booleans";
  return /^(?:smallint|integer|bigint|real|double precision)$/.test(
    element.type,
  )
    ? "numbers"
    : "strings";
}

function asText(place: MysqlPlace): MappedType {
  const text = textType(place, {});
  return { ...text, remark: `becomes ${text.type}: its text` };
}

function quoted(type: string, conversion: Conversion): MappedType {
  return {
    ...{ type, conversion },
    comparable: type,
    literal: (text) => quoteLiteral(convertText(conversion, text)),
  };
}

const ASCII = "CHARACTER SET ascii COLLATE ascii_bin";

function ascii(length: number, remark?: string): MappedType {
  return {
    type: `varchar(${length}) ${ASCII}`,
    conversion: SAME,
    comparable: "ascii",
    literal: quoteLiteral,
    ...(remark === undefined ? {} : { remark }),
  };
}

function expressionLiteral(text: string): string {
  return `(${quoteLiteral(text)})`;
}
