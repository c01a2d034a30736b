import type { Random } from "../random.ts";
import {
  day,
  hex,
  type MakeValue,
  oneOf,
  text,
  timeOfDay,
  whole,
} from "../values.ts";
import { bits, bytesEnding, charactersOf, expression, json } from "./values.ts";

export const moods = oneOf("sad", "ok", 'Très "happy"', "with space", "");

const number = (random: Random, spread: number) =>
  (random.fraction() - 0.5) * spread;
const coordinates = (random: Random) =>
  `${number(random, 1e3)} ${number(random, 1e-3)}`;
const floats: MakeValue = (random) =>
  random.chance(0.3)
    ? random.pick(["-0", "0", "5e-324", "1.7976931348623157e308", "1e-40"])
    : String(number(random, 10 ** random.integer(-20, 20)));

export const decimals: MakeValue = (random) =>
  random.chance(0.2)
    ? random.pick(["0.00", "-1e-30", "-0.5", "9".repeat(35)])
    : `${random.pick(["", "-"])}${random.integer(0, 1e9)}${"7".repeat(random.integer(0, 25))}.${"0".repeat(random.integer(0, 9))}${random.integer(0, 999)}0`;

const times: MakeValue = (random) => {
  if (random.chance(0.2))
    return random.pick(["838:59:59", "-838:59:59", "00:00:00", "-00:00:01"]);
  return `${random.pick(["", "-"])}${random.integer(0, 600)}:${timeOfDay(random).slice(3)}`;
};
const dates: MakeValue = (random) =>
  random.chance(0.2)
    ? random.pick(["0000-00-00", "1000-01-01", "9999-12-31", "2024-00-10"])
    : day(1, 9998)(random);
const datetimes: MakeValue = (random) =>
  random.chance(0.2)
    ? random.pick([
        ...[
          "0000-00-00 00:00:00",
          "1000-01-01 00:00:00",
          "2024-05-00 00:00:00",
        ],
        "9999-12-31 23:59:59",
      ])
    : `${day(1, 9998)(random)} ${timeOfDay(random)}`;
const timestamps: MakeValue = (random) =>
  random.chance(0.1)
    ? random.pick(["0000-00-00 00:00:00", "1970-01-03 00:00:01"])
    : `${day(1971, 2037)(random)} ${timeOfDay(random)}`;

const polygon = (random: Random) => {
  const size = random.integer(1, 80);
  return `POLYGON((0 0, ${size} 0, ${size} ${size}, 0 0))`;
};
const shape = (random: Random): string =>
  random.pick([
    () => `POINT(${coordinates(random)})`,
    () => `LINESTRING(${coordinates(random)}, 1 1, ${coordinates(random)})`,
    () => polygon(random),
    () => `MULTIPOINT(${coordinates(random)}, 1 2)`,
  ])();
const geometry =
  (make: (random: Random) => string): MakeValue =>
  (random) =>
    expression(
      `ST_GeomFromText('${make(random)}'${random.pick(["", ", 0", ", 4326"])})`,
    );
/** Beyond the poles there is nothing in 4326. */
const flat =
  (make: (random: Random) => string): MakeValue =>
  (random) =>
    expression(`ST_GeomFromText('${make(random)}')`);

const members = (names: readonly string[]): MakeValue => {
  return (random) => names.filter(() => random.chance(0.3)).join(",");
};
const numbers = Array.from({ length: 64 }, (_, index) => `${index + 1}`);

/** Each column of oracle.every_type, with values from the middle of its type and from its edges. */
const COMMON: Readonly<Record<string, MakeValue>> = {
  a_bool: oneOf("0", "1"),
  a_tiny: whole(-128, 127),
  a_utiny: whole(0, 255),
  a_small: whole(-32768, 32767),
  a_usmall: whole(0, 65535),
  a_medium: oneOf("-8388608", "8388607", "-1", "0", "42"),
  a_umedium: oneOf("0", "16777215", "8388608"),
  a_int: whole(-2147483648, 2147483647),
  a_uint: whole(0, 4294967295),
  a_big: oneOf("-9223372036854775808", "9223372036854775807", "0", "42"),
  a_ubig: oneOf("0", "18446744073709551615", "9223372036854775808"),
  a_zero: whole(0, 99_999),
  a_decimal: decimals,
  a_udecimal: oneOf("0", "9999999999", "10"),
  a_float: oneOf("-0", "0.1", "16777217", "1e-40", "3.4028234e38", "1e-45"),
  a_float_2: (random) => number(random, 9e4).toFixed(3),
  a_double: floats,
  a_bit: bits(9),
  a_bit_64: bits(64),
  a_year: oneOf("1901", "2155", "0000", "2024"),
  a_date: dates,
  a_time: times,
  a_time_3: times,
  a_time_6: times,
  a_datetime: datetimes,
  a_datetime_1: datetimes,
  a_datetime_6: datetimes,
  a_timestamp: timestamps,
  a_timestamp_4: timestamps,
  a_timestamp_6: timestamps,
  a_char: text(10),
  a_varchar: text(20),
  a_varchar_300: text(300),
  a_tinytext: text(40),
  a_text: text(60),
  a_mediumtext: text(60),
  a_longtext: text(60),
  a_latin1: charactersOf("aÄß€ÿ \\\t'\"™", 20),
  a_latin2: charactersOf("aŁŐż ", 20),
  a_cp1251: charactersOf("aЖя \n", 40),
  a_sjis: charactersOf("a表ソ漢ｱ \\", 20),
  a_gbk: charactersOf("a漢字运\\", 40),
  a_ascii: charactersOf("az~ \u007f\u0001", 20),
  a_utf8mb3: charactersOf("aé漢\u200b", 20),
  a_ucs2: charactersOf("aé漢ÿ", 20),
  a_utf16: charactersOf("aé🦉", 40),
  a_utf32: charactersOf("a🦉漢", 5),
  a_binary: bytesEnding(8),
  a_varbinary: bytesEnding(60),
  a_varbinary_300: bytesEnding(300),
  a_tinyblob: bytesEnding(40),
  a_blob: bytesEnding(60),
  a_mediumblob: bytesEnding(60),
  a_longblob: bytesEnding(60),
  a_enum: moods,
  a_enum_latin1: oneOf("ä", "b"),
  a_set: members(["a", "b", "ö", "with space"]),
  a_set_64: members(numbers),
  a_json: (random) => json(random),
  a_geometry: flat(shape),
  a_point: flat((random) => `POINT(${coordinates(random)})`),
  a_polygon: geometry((random) => polygon(random)),
  a_collection: flat(
    (random) => `GEOMETRYCOLLECTION(${shape(random)}, POINT(0 0))`,
  ),
};

const vector =
  (reads: string): MakeValue =>
  (random) =>
    expression(
      `${reads}('[${Array.from({ length: 5 }, () => number(random, 9).toFixed(3)).join(",")}]')`,
    );

/** What only MySQL's JSON has: values of other types inside it, which its text shows as strings and numbers. */
const opaques: MakeValue = (random) => {
  const one = (): string =>
    random.pick([
      () => `CAST('${dates(random)}' AS DATE)`,
      () => `CAST('${times(random)}' AS TIME(${random.pick([0, 3, 6])}))`,
      () => `CAST('${datetimes(random)}' AS DATETIME(${random.pick([0, 6])}))`,
      () => `CAST('${timestamps(random)}' AS DATETIME(4))`,
      () => `CAST('${decimals(random)}' AS DECIMAL(65, 30))`,
      () => `CAST('${whole(-999, 999)(random)}.50' AS DECIMAL(10, 2))`,
      () => `CAST(${random.integer(1901, 2155)} AS YEAR)`,
      () => `x'${hex(random, random.pick([0, 1, 20, 200]))}'`,
      () => `b'${random.integer(0, 1)}101'`,
      () => `CAST('${random.integer(0, 9)}e-7' AS DOUBLE)`,
      () => "18446744073709551615",
      () => `JSON_ARRAY(${one()}, 'é', ${one()})`,
      () => `JSON_OBJECT('a', ${one()}, 'ключ', ${one()})`,
    ])();
  return expression(
    random.chance(0.3)
      ? `CAST(${one()} AS JSON)`
      : `JSON_ARRAY(${one()}, ${one()})`,
  );
};

const MYSQL: Readonly<Record<string, MakeValue>> = {
  a_json: (random) => (random.chance(0.5) ? json(random) : opaques(random)),
  a_srid: (random) =>
    expression(
      `ST_GeomFromText('POINT(${number(random, 170)} ${number(random, 350)})', 4326)`,
    ),
  a_vector: vector("STRING_TO_VECTOR"),
};

const MARIADB: Readonly<Record<string, MakeValue>> = {
  a_uuid: oneOf(
    "00000000-0000-0000-0000-000000000000",
    "123e4567-e89b-12d3-a456-426655440000",
  ),
  a_inet4: oneOf("0.0.0.0", "255.255.255.255", "10.0.0.1"),
  a_inet6: oneOf("::", "::ffff:10.0.0.1", "2001:db8::1"),
};

export function everyType(
  version: "mysql-9" | "mariadb-10.11" | "mariadb-11.8",
): Readonly<Record<string, MakeValue>> {
  switch (version) {
    case "mysql-9":
      return { ...COMMON, ...MYSQL };
    case "mariadb-10.11":
      return { ...COMMON, ...MARIADB };
    case "mariadb-11.8":
      return { ...COMMON, ...MARIADB, a_vector: vector("VEC_FROMTEXT") };
    default:
      return version satisfies never;
  }
}
