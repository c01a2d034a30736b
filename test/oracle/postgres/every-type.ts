import type { Random } from "../random.ts";
import {
  array,
  bytes,
  composite,
  day,
  hex,
  type MakeValue,
  nullable,
  oneOf,
  text,
  timeOfDay,
  uuid,
  whole,
  word,
} from "../values.ts";

export const moods = oneOf("sad", "ok", 'Très "happy"', "with space", "");

const number = (random: Random, spread: number) =>
  (random.fraction() - 0.5) * spread;
const point = (random: Random) =>
  `(${number(random, 1e3)},${number(random, 1e-3)})`;
const points = (random: Random) =>
  Array.from({ length: random.integer(1, 4) }, () => point(random)).join(",");

const floats = (random: Random) =>
  random.chance(0.3)
    ? random.pick(["NaN", "Infinity", "-Infinity", "-0", "5e-324", "1e-40"])
    : String(number(random, 10 ** random.integer(-20, 20)));

export const numerics: MakeValue = (random) =>
  random.chance(0.2)
    ? random.pick([...["NaN", "Infinity", "-Infinity", "0.00"], "-1e-30"])
    : `${random.pick(["", "-"])}${random.integer(0, 1e9)}${"7".repeat(random.integer(0, 40))}.${"0".repeat(random.integer(0, 9))}${random.integer(0, 999)}0`;

const address = composite(
  nullable(text(12)),
  nullable(whole(-9, 9)),
  nullable(moods),
);

function timestamp(zone: boolean): MakeValue {
  const years = day(1, 9999);
  const ancient = day(1, 4000);
  return (random) => {
    if (random.chance(0.2)) return random.pick(["infinity", "-infinity"]);
    const bc = random.chance(0.1);
    const date = bc ? ancient(random) : years(random);
    const offset = zone ? random.pick(["+00", "-07:30", "+14"]) : "";
    return `${date} ${timeOfDay(random)}${offset}${bc ? " BC" : ""}`;
  };
}

function json(random: Random, depth: number): string {
  const kind = random.integer(0, depth > 2 ? 3 : 5);
  const inner = () =>
    Array.from({ length: random.integer(0, 3) }, () => json(random, depth + 1));
  const string = () => JSON.stringify(hex(random, 2) + '"\\é\n🦉');
  switch (kind) {
    case 0:
      return random.pick(["null", "true", "false"]);
    case 1:
      // More digits than a double has, and a spelling that json keeps and jsonb does not.
      return random.pick(["12345678901234567890.10", "1e3", "-0.0", "0"]);
    case 2:
    case 3:
      return string();
    case 4:
      return `[ ${inner().join(",")}]`;
    default:
      return `{${inner()
        .map((value) => `${string()}:  ${value}`)
        .join(",")}}`;
  }
}

/** Each column of oracle.every_type, with values from the middle of its type and from its edges. */
export const EVERY_TYPE: Readonly<Record<string, MakeValue>> = {
  a_bool: oneOf("t", "f"),
  a_int2: whole(-32768, 32767),
  a_int4: whole(-2147483648, 2147483647),
  a_int8: oneOf("-9223372036854775808", "9223372036854775807", "0", "42"),
  a_float4: (random) =>
    random.pick(["NaN", "-Infinity", "-0", "1e-40", "0.1", "16777217"]),
  a_float8: floats,
  a_numeric: numerics,
  a_numeric_2: (random) =>
    `${random.integer(-1e9, 1e9)}.${word(random).length}`,
  a_money: (random) => `${random.integer(-1e6, 1e6)}.07`,
  a_text: text(60),
  a_varchar: text(20),
  a_char: text(10),
  a_name: text(15),
  a_one: oneOf("a", "", "\\377", "\\303"),
  a_bytea: bytes(50),
  a_date: (random) =>
    random.chance(0.3)
      ? random.pick(["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"])
      : day(1, 9999)(random),
  a_time: (random) => (random.chance(0.1) ? "24:00:00" : timeOfDay(random)),
  a_time_3: timeOfDay,
  a_timetz: (random) => `${timeOfDay(random)}${random.pick(["+00", "-15:59"])}`,
  a_timestamp: timestamp(false),
  a_timestamptz: timestamp(true),
  a_interval: (random) =>
    `${random.integer(-99, 99)} years ${random.integer(-99, 99)} days ${random.pick(["", "-"])}${timeOfDay(random)}`,
  a_uuid: uuid,
  a_json: (random) => json(random, 0),
  a_jsonb: (random) => json(random, 0),
  a_jsonpath: oneOf('$."a"[*] ? (@ > 1)', "strict $", "$.é"),
  a_xml: oneOf("<a>é</a>", "text &amp; more", '<a b="c"/><d/>', ""),
  a_inet: oneOf("10.0.0.1", "10.0.0.1/8", "::1", "2001:db8::/32"),
  a_cidr: oneOf("10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"),
  a_macaddr: (random) => hex(random, 6),
  a_macaddr8: (random) => hex(random, 8),
  a_bit: (random) => random.integer(0, 511).toString(2).padStart(9, "0"),
  a_varbit: (random) => random.integer(0, 2 ** 31).toString(2),
  a_point: point,
  a_line: (random) => `{1,${number(random, 9)},${number(random, 9)}}`,
  a_lseg: (random) => `[${point(random)},${point(random)}]`,
  a_box: (random) => `${point(random)},${point(random)}`,
  a_path: (random) =>
    random.chance(0.5) ? `[${points(random)}]` : `(${points(random)})`,
  a_polygon: (random) => `(${points(random)})`,
  a_circle: (random) => `<${point(random)},${random.integer(0, 99)}>`,
  a_int4range: (random) => range(random, random.integer(-99, 99)),
  a_numrange: (random) => range(random, number(random, 10)),
  a_tstzrange: oneOf("(,)", "empty", '["2024-01-01 00:00+02",infinity)'),
  a_multirange: oneOf("{}", "{[1,3),[5,9)}", "{(,0),[9,)}"),
  a_tsvector: oneOf("'a':1A,3 'fat':2B", "", "'it''s' 'Ж':1"),
  a_tsquery: oneOf("'a' & !'b':*AB", "'a' <2> 'b'", ""),
  a_oid: whole(0, 4294967295),
  a_lsn: (random) => `${word(random)}/${word(random)}`,
  a_xid8: oneOf("0", "18446744073709551615"),
  a_enum: moods,
  a_domain: (random) => `${random.integer(0, 99)}.5`,
  a_composite: address,
  a_composites: array(address),
  a_ints: oneOf("{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[-1:0]={7,8}"),
  a_texts: array(text(10)),
  a_enums: array(moods),
  a_byteas: array(bytes(5)),
};

function range(random: Random, from: number): string {
  return random.chance(0.2)
    ? random.pick(["empty", "(,)"])
    : `${random.pick(["[", "("])}${from},${from + 1 + random.integer(0, 99)}${random.pick(["]", ")"])}`;
}
