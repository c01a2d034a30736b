import type { Random } from "../random.ts";
import { hex, type MakeValue, type Text } from "../values.ts";

/*
 * Values are texts as everywhere in the workload; `\x…` are bytes, `\=…` is an expression of SQL.
 */

const EXPRESSION = "\\=";
const BYTES = "\\x";

export function expression(sql: string): string {
  return `${EXPRESSION}${sql}`;
}

/** As a writer says it, whatever its sql_mode: what needs an escape is written as bytes. */
export function literal(value: Text): string {
  if (value === null) return "NULL";
  if (value.startsWith(EXPRESSION)) return value.slice(EXPRESSION.length);
  if (/^\\x(?:[0-9a-f]{2})*$/.test(value))
    return `x'${value.slice(BYTES.length)}'`;
  if (/^[ -&(-[\]-~]*$/.test(value)) return `'${value}'`;
  return `_utf8mb4 x'${Buffer.from(value).toString("hex")}'`;
}

/** Characters of one character set. */
export function charactersOf(characters: string, maxLength: number): MakeValue {
  const all = [...characters];
  return (random) =>
    Array.from({ length: random.integer(0, maxLength) }, () =>
      random.pick(all),
    ).join("");
}

/** Of exactly that many bytes, some of which a server trims or pads. */
export function bytesEnding(maxLength: number): MakeValue {
  return (random) => {
    const made = hex(random, random.integer(0, maxLength));
    return `${BYTES}${made.slice(0, Math.max(0, made.length - 4))}${random.chance(0.3) ? "0000" : made.slice(-4)}`;
  };
}

export function bits(width: number): MakeValue {
  return (random) => {
    const text = Array.from({ length: width }, () => random.integer(0, 1));
    return expression(`b'${text.join("")}'`);
  };
}

export function json(random: Random, depth = 0): string {
  const kind = random.integer(0, depth > 2 ? 3 : 6);
  const inner = () =>
    Array.from({ length: random.integer(0, 3) }, () => json(random, depth + 1));
  const string = () => JSON.stringify(`${hex(random, 2)}"\\é\n🦉`);
  switch (kind) {
    case 0:
      return random.pick(["null", "true", "false"]);
    case 1:
      return random.pick([
        ...["0", "-1", "18446744073709551615", "-9223372036854775808"],
        ...["1.5", "1e3", "-0.0", "1e-7", "3.0", "12345678901234567890.5"],
      ]);
    case 2:
    case 3:
      return random.chance(0.1)
        ? JSON.stringify("x".repeat(random.pick([127, 128, 16_384])))
        : string();
    case 4:
    case 5:
      return `[ ${inner().join(",")}]`;
    default:
      return `{${inner()
        .map((value) => `${string()}:  ${value}`)
        .join(",")}}`;
  }
}
