import type { ShapeColumn } from "../../../core/shape.ts";
import type { StructureColumn } from "../../table-structure.ts";
import { quoteLiteral } from "../../postgres/quote.ts";
import {
  byBytes,
  byText,
  type Conversion,
  convertText,
} from "../conversion.ts";
import {
  type MappedType,
  unquotedType,
  type RefusedType,
  type TypeParts,
  typeParts,
} from "../mapped-type.ts";
import { CHARSET_DECODERS } from "../values/decode-charset.ts";
import { postgresDouble, postgresReal } from "../values/floats.ts";
import { hexOfBytes } from "../values/hex.ts";
import { postgresJsonNumber } from "../values/json-numbers.ts";
import { parseJson, writeJson } from "../values/json.ts";
import { numberToBits } from "../values/numbers.ts";
import { writeArray } from "../values/postgres-arrays.ts";
import {
  postgresDate,
  postgresInstant,
  postgresTime,
  postgresTimestamp,
} from "../values/times.ts";
import { parseLabels } from "./parse-labels.ts";

export interface PostgresPlace {
  /** The enum type that is made for the column, quoted. */
  readonly enumType: string;
}

/** More bytes than a label of an enum may have. */
const LABEL_BYTES = 64;

/** docs/mapping.md, "MySQL and MariaDB → Postgres": one case for each of its rows. */
export function postgresType(
  column: ShapeColumn,
  declared: StructureColumn,
  place: PostgresPlace,
): MappedType | RefusedType {
  const charset = / character set (\w+)$/.exec(column.type)?.[1];
  const bare = column.type.replace(/ (?:character set \w+|collation \d+)$/, "");
  const parts = typeParts(bare.replace(/ unsigned$/, ""));
  const isUnsigned = bare.endsWith(" unsigned");
  return (
    labelType(bare, declared, place) ??
    numberType(parts, isUnsigned) ??
    timeType(parts) ??
    characterType(parts, charset) ??
    byteType(parts, declared.type) ?? {
      refused: `${declared.type} is not mapped`,
    }
  );
}

const INTEGERS: Readonly<Record<string, readonly [string, string]>> = {
  tinyint: ["smallint", "smallint"],
  smallint: ["smallint", "integer"],
  mediumint: ["integer", "integer"],
  int: ["integer", "bigint"],
  bigint: ["bigint", "numeric(20,0)"],
};

function numberType(
  { name, numbers }: TypeParts,
  isUnsigned: boolean,
): MappedType | undefined {
  const integer = INTEGERS[name]?.[isUnsigned ? 1 : 0];
  if (integer !== undefined) return unquotedType(integer);
  switch (name) {
    case "decimal":
      return unquotedType(`numeric(${numbers.join(",")})`);
    case "float":
      return unquotedType(
        "real",
        byText((text) => postgresReal(Number(text))),
      );
    case "double":
      return unquotedType(
        "double precision",
        byText((text) => postgresDouble(Number(text))),
      );
    case "year":
      return unquotedType(
        "smallint",
        byText((text) => String(Number(text))),
      );
    case "bit": {
      const [width = 1] = numbers;
      return quoted(
        `bit(${width})`,
        byText((text) => numberToBits(text, width)),
      );
    }
    default:
      return undefined;
  }
}

function timeType({ name, numbers }: TypeParts): MappedType | undefined {
  const [digits = 0] = numbers;
  switch (name) {
    case "date":
      return { ...quoted("date", byText(postgresDate)), now: "CURRENT_DATE" };
    case "time":
      return {
        ...quoted(`time(${digits})`, byText(postgresTime)),
        now: "LOCALTIME",
      };
    case "datetime":
      return {
        ...quoted(`timestamp(${digits})`, byText(postgresTimestamp)),
        now: "LOCALTIMESTAMP",
      };
    case "timestamp":
      return {
        ...quoted(
          `timestamp(${digits}) with time zone`,
          byText(postgresInstant),
        ),
        now: "CURRENT_TIMESTAMP",
      };
    default:
      return undefined;
  }
}

/** MySQL gives a CHAR without the spaces at its end, as varchar does; Postgres's char would give it some. */
function characterType(
  { name, numbers }: TypeParts,
  charset: string | undefined,
): MappedType | RefusedType | undefined {
  const isText = /^(?:tiny|medium|long)?text$/.test(name);
  if (name === "json") {
    return {
      ...quoted(
        "jsonb",
        byText((text) => writeJson(parseJson(text), postgresJsonNumber)),
      ),
      remark:
        "becomes jsonb: the form of its numbers is not kept, nor a zero below zero",
    };
  }
  if (!isText && name !== "char" && name !== "varchar") return undefined;
  const type = isText ? "text" : `varchar(${numbers[0]})`;
  const decode = charset === undefined ? undefined : CHARSET_DECODERS[charset];
  if (decode === undefined)
    return { refused: `its character set ${charset ?? "?"} is not read` };
  const conversion: Conversion =
    charset === "utf8mb4" || charset === "utf8mb3"
      ? { kind: "utf8", allowsZero: false }
      : byBytes((bytes) => Buffer.from(withoutZero(decode(bytes)), "utf8"));
  // information_schema has a default's text in UTF-8, whatever the column's own set is.
  return {
    ...{ type, conversion, comparable: "text" },
    literal: (text) => quoteLiteral(withoutZero(text)),
  };
}

function withoutZero(text: string): string {
  if (text.includes("\0")) throw new RangeError("a text with a zero byte");
  return text;
}

/** Of the types of MariaDB's own the shape knows only that they are so many bytes. */
function byteType(
  { name }: TypeParts,
  declared: string,
): MappedType | undefined {
  if (!/^(?:(?:var)?binary|(?:tiny|medium|long)?blob)$/.test(name))
    return undefined;
  const mapped = {
    type: "bytea",
    conversion: byBytes(hexOfBytes),
    comparable: "bytea",
  };
  if (declared === "uuid")
    return {
      type: "uuid",
      conversion: byBytes(uuidOfBytes),
      comparable: "uuid",
      literal: quoteLiteral,
    };
  return /^inet[46]$/.test(declared)
    ? { ...mapped, remark: "becomes bytea: its bytes" }
    : mapped;
}

function uuidOfBytes(bytes: Buffer): Buffer {
  const text = bytes
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return Buffer.from(text, "latin1");
}

/** ENUM's rows have numbers, SET's have the bits of their labels. */
function labelType(
  type: string,
  declared: StructureColumn,
  { enumType }: PostgresPlace,
): MappedType | RefusedType | undefined {
  const word = /^(enum|set)\(/.exec(type)?.[1];
  if (word === undefined) return undefined;
  // Of a character set that is not read the shape has no labels, and information_schema has them all.
  const labels = parseLabels(declared.type);
  if (new Set(labels).size !== labels.length)
    return {
      refused: "its labels have characters that the server does not show",
    };
  const remark = labels.some((label) => label.includes("?"))
    ? {
        remark: `becomes ${word === "set" ? "text[]" : "an enum"}: "?" in a label may be a character that the server does not show`,
      }
    : {};
  if (word === "set") {
    return {
      type: "text[]",
      conversion: byText((text) => writeArray(labelsOf(BigInt(text), labels))),
      comparable: "text[]",
      literal: (text) =>
        quoteLiteral(writeArray(text === "" ? [] : text.split(","))),
      ...remark,
    };
  }
  const isLong = labels.some(
    (label) => Buffer.byteLength(label) >= LABEL_BYTES,
  );
  return {
    type: isLong ? "text" : enumType,
    conversion: byText((text) => {
      const label = labels[Number(text) - 1];
      if (label === undefined)
        throw new RangeError("ENUM's error value, number 0");
      return label;
    }),
    comparable: `enum ${enumType}`,
    literal: quoteLiteral,
    ...(isLong
      ? { remark: "becomes text: Postgres has no enum with labels as long" }
      : remark),
  };
}

function labelsOf(bits: bigint, labels: readonly string[]): readonly string[] {
  return labels.filter((_, n) => ((bits >> BigInt(n)) & 1n) === 1n);
}

function quoted(type: string, conversion: Conversion): MappedType {
  return {
    ...{ type, conversion },
    comparable: type,
    literal: (text) => quoteLiteral(convertText(conversion, text)),
  };
}
