import type { Random } from "./random.ts";

/** A value in the text that Postgres reads; null is NULL. */
export type Text = string | null;
export type MakeValue = (random: Random) => Text;

const ALPHABET = [
  ..."abcdefghijklmnopqrstuvwxyz",
  ...["'", '"', "\\", "\t", "\n", "\r", "\u0001", ",", "{", "}", "(", ")"],
  ...[" ", "%", "$1", "\\N", "é", "ß", "Ж", "漢", "🦉", "e\u0301", "\u00a0"],
];

export function oneOf(...texts: readonly Text[]): MakeValue {
  return (random) => random.pick(texts);
}

export function nullable(make: MakeValue, p = 0.15): MakeValue {
  return (random) => (random.chance(p) ? null : make(random));
}

export function whole(from: number, through: number): MakeValue {
  return (random) => String(random.integer(from, through));
}

export function text(maxLength: number): MakeValue {
  return (random) => {
    const length = random.integer(0, maxLength);
    let made = "";
    while (made.length < length) made += random.pick(ALPHABET);
    // An array of UTF-16 units must not be cut inside an owl.
    return [...made].slice(0, maxLength).join("");
  };
}

/** Letters alone, for where the grammar allows no more. */
export function word(random: Random): string {
  return hex(random, random.integer(1, 4));
}

/** Too long to stay in its row, and not the same twice. */
export function longText(from: number, through: number): MakeValue {
  return (random) => {
    const block = hex(random, 24);
    const times = Math.ceil(random.integer(from, through) / block.length);
    return `${random.integer(0, 1e9)} ${block.repeat(times)} ${block}`;
  };
}

export function hex(random: Random, bytes: number): string {
  let made = "";
  for (let index = 0; index < bytes; index++) {
    made += random.integer(0, 255).toString(16).padStart(2, "0");
  }
  return made;
}

export function bytes(maxLength: number): MakeValue {
  return (random) => `\\x${hex(random, random.integer(0, maxLength))}`;
}

export function uuid(random: Random): string {
  return hex(random, 16).replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    "$1-$2-$3-$4-$5",
  );
}

/** Days of the years named, both included. */
export function day(fromYear: number, throughYear: number): MakeValue {
  return (random) => {
    const year = String(random.integer(fromYear, throughYear)).padStart(4, "0");
    const month = pad(random.integer(1, 12));
    return `${year}-${month}-${pad(random.integer(1, 28))}`;
  };
}

export function timeOfDay(random: Random): string {
  const [hour, minute, second] = [23, 59, 59].map((most) =>
    pad(random.integer(0, most)),
  );
  const micros = String(random.integer(0, 999_999)).padStart(6, "0");
  return `${hour}:${minute}:${second}.${micros}`;
}

/** `{…}` with elements quoted whatever they hold; NULL only stands without quotes. */
export function array(element: MakeValue, maxLength = 4): MakeValue {
  return (random) => {
    const elements = Array.from({ length: random.integer(0, maxLength) }, () =>
      nullable(element)(random),
    );
    return `{${elements.map((each) => (each === null ? "NULL" : quoted(each))).join(",")}}`;
  };
}

/** `(…)`; a missing field is NULL. */
export function composite(...fields: readonly MakeValue[]): MakeValue {
  return (random) => {
    const values = fields.map((make) => make(random));
    return `(${values.map((each) => (each === null ? "" : quoted(each))).join(",")})`;
  };
}

function quoted(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
