import type { Random } from "../oracle/random.ts";
import type { MysqlSample } from "./mysql-value-samples.ts";

export interface RandomTable {
  readonly create: string;
  readonly insert: string;
  readonly types: readonly string[];
}

/** Wider than this their sum is beyond what a row may have. */
const TOO_WIDE = /char\((?:255|10000)\)/;

/** A table with an id, `turn`, and random columns with samples and random values in its rows. */
export function randomTable(
  name: string,
  samples: readonly MysqlSample[],
  random: Random,
): RandomTable {
  const narrow = samples.filter(({ type }) => !TOO_WIDE.test(type));
  const columns = Array.from({ length: random.integer(1, 24) }, () =>
    random.pick(narrow),
  );
  const key = random.pick(["", "", ", PRIMARY KEY (id)"]);
  const definitions = columns.map(({ type }, at) => `c${at} ${type}`);
  const rows = Array.from({ length: random.integer(1, 30) }, (_, id) => {
    const values = columns.map((sample) => randomValue(sample, random));
    return `(${[id, 0, ...values].join(", ")})`;
  });
  return {
    create: `CREATE TABLE ${name} (id int NOT NULL, turn tinyint, ${definitions.join(", ")}${key})`,
    insert: `INSERT INTO ${name} VALUES ${rows.join(", ")}`,
    types: columns.map(({ type }) => type),
  };
}

function randomValue({ type, values }: MysqlSample, random: Random): string {
  if (random.chance(0.1)) return "NULL";
  if (random.chance(0.3)) {
    if (type === "double") return String(randomDouble(random));
    if (type === "float") return String(randomFloat(random));
    if (/^(medium|long)blob/.test(type)) return randomBytes(random);
    if (type === "bigint") return String(randomBigint(random));
    if (type === "json") return randomJson(random);
  }
  return random.pick(values);
}

/** Any finite double: of its 64 bits. */
export function randomDouble(random: Random): number {
  const bits = Buffer.alloc(8);
  bits.writeUInt32LE(random.integer(0, 2 ** 32 - 1));
  bits.writeUInt32LE(random.integer(0, 2 ** 32 - 1), 4);
  const value = random.chance(0.5)
    ? bits.readDoubleLE()
    : random.integer(-(10 ** 9), 10 ** 9) / 10 ** random.integer(0, 20);
  return Number.isFinite(value) && value !== 0 ? value : 1;
}

export function randomFloat(random: Random): number {
  return Math.fround((random.fraction() - 0.5) * 10 ** random.integer(-37, 38));
}

function randomBigint(random: Random): bigint {
  const high = BigInt(random.integer(0, 2 ** 32 - 1));
  const low = BigInt(random.integer(0, 2 ** 32 - 1));
  return (
    BigInt.asIntN(64, (high << 32n) | low) >> BigInt(random.integer(0, 63))
  );
}

function randomBytes(random: Random): string {
  const size = random.integer(0, 300);
  const bytes = Array.from({ length: size }, () => random.integer(0, 255));
  return `x'${Buffer.from(bytes).toString("hex")}'`;
}

/** Also what MariaDB keeps as it was written. */
function randomJson(random: Random): string {
  const numbers = Array.from({ length: random.integer(0, 20) }, () =>
    random.chance(0.5) ? randomDouble(random) : randomBigint(random),
  );
  return `'{"numbers": [${numbers.join(", ")}], "x": "y"}'`;
}
