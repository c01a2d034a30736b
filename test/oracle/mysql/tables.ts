import type { MysqlVersion } from "../../support/mysql-binaries.ts";
import {
  bytes,
  day,
  hex,
  longText,
  type MakeValue,
  nullable,
  oneOf,
  text,
  timeOfDay,
  whole,
} from "../values.ts";
import type { WorkColumn, WorkTable } from "../work-table.ts";
import { decimals, everyType, moods } from "./every-type.ts";
import { bits, charactersOf } from "./values.ts";

const column = (name: string, make: MakeValue): WorkColumn => ({ name, make });
const big = (name: string, make: MakeValue): WorkColumn => ({
  ...column(name, nullable(make)),
  big: true,
});
const note = nullable(text(30));
const body = longText(2_500, 12_000);
const WIDE = 150;

/** Of oracle.wide. */
export function wideColumns(): readonly string[] {
  const types = ["INT", "TEXT", "DECIMAL(12, 2)"];
  return Array.from({ length: WIDE }, (_, n) => `c${n} ${types[n % 3]}`);
}

/** The tables of schema.sql; `keys` rows of each are what statements choose from. */
export function listTables(
  version: MysqlVersion,
  keys: number,
): readonly WorkTable[] {
  const id = whole(1, keys);
  // What others refer to is there more often than not.
  const few = whole(1, Math.min(15, keys));
  const oftenFew: MakeValue = (random) =>
    random.chance(0.5) ? few(random) : id(random);
  const spareId = () => ["-1"];
  const small = whole(1, Math.ceil(Math.sqrt(keys)));
  return [
    {
      name: "oracle.accounts",
      isParent: true,
      key: [column("id", oftenFew)],
      spareKey: spareId,
      columns: [
        column("name", text(20)),
        column("balance", (random) => `${random.integer(-1e6, 1e6)}.5`),
        column(
          "changed_at",
          nullable((random) => `2024-02-29 ${timeOfDay(random)}`),
        ),
      ],
      bulk: true,
    },
    {
      name: "oracle.tickets",
      key: [column("id", whole(1, keys * 5))],
      keyByServer: true,
      columns: [column("subject", note), column("mood", nullable(moods))],
    },
    {
      name: "oracle.orders",
      isParent: true,
      key: [column("id", oftenFew)],
      spareKey: spareId,
      columns: [
        column("account", nullable(few, 0.5)),
        column("note", nullable(charactersOf("aé漢 '\\", 20))),
      ],
    },
    {
      name: "oracle.order_lines",
      key: [column("order_id", few), column("line", whole(1, 3))],
      columns: [column("product", note), column("price", nullable(decimals))],
    },
    {
      name: "oracle.tree",
      isParent: true,
      key: [column("id", small)],
      columns: [column("parent", nullable(small, 0.8)), column("label", note)],
    },
    {
      name: "oracle.documents",
      key: [
        column(
          "id",
          (random) => `\\x${id(random)?.padStart(8, "0")}${"00".repeat(12)}`,
        ),
      ],
      spareKey: () => [`\\x${"ff".repeat(16)}`],
      columns: [
        column("title", note),
        big("body", body),
        big("attachment", (random) => `\\x${hex(random, 40).repeat(80)}`),
        column("revision", whole(0, 99)),
      ],
    },
    {
      name: "oracle.slugs",
      // One key in several spellings.
      key: [
        column(
          "slug",
          (random) =>
            `${random.pick(["slug", "SLUG", "slüg"])}-${small(random)}'é"${random.pick(["", "", " "])}`,
        ),
      ],
      spareKey: () => ["a slug between two"],
      columns: [column("hits", nullable(whole(0, 9))), big("body", body)],
    },
    {
      name: "oracle.old_words",
      key: [
        column("word", charactersOf("aÄß", 2)),
        column("part", oneOf("表", "ソ ", "x", "")),
      ],
      spareKey: () => ["between", "x"],
      // Another unique key that collides now and then.
      columns: [column("meaning", nullable(charactersOf("abÿ€", 6)))],
    },
    {
      name: "oracle.rates",
      key: [
        column(
          "rate",
          (random) => `${small(random)}${random.pick(["", ".0", ".00"])}`,
        ),
      ],
      spareKey: () => ["-0.0001"],
      columns: [column("label", note)],
    },
    {
      name: "oracle.calendar",
      key: [
        column("mood", moods),
        column("day", oneOf("2024-01-01", "0000-00-00", "9999-12-31")),
        column("hash", bytes(1)),
      ],
      columns: [column("entry", note)],
    },
    {
      name: "oracle.by_code",
      key: [
        column("region", oneOf("eu", "us", "asia", "EU ")),
        column("code", (random) => `c${small(random)}`),
      ],
      spareKey: () => ["none", "between"],
      columns: [column("id", whole(1, keys * 20)), column("note", note)],
    },
    {
      name: "oracle.unique_only",
      key: [column("number", small), column("part", whole(0, 3))],
      spareKey: () => ["-1", "255"],
      columns: [column("label", note)],
    },
    {
      name: "oracle.float_keys",
      key: [
        column("ratio", oneOf("0.1", "1e300", "-0", "0", "3.0")),
        column("moment", oneOf("2024-01-01 00:00:00.000001", "2024-01-01")),
        column("flags", bits(3)),
      ],
      spareKey: () => ["-1", "1000-01-01", "4095"],
      columns: [column("label", note)],
    },
    {
      name: "oracle.keyless",
      key: [],
      columns: [
        column("colour", nullable(oneOf("red", "green", ""))),
        column("size", nullable(whole(1, 4))),
        column("ratio", nullable(oneOf("-0", "0", "0.1"))),
        big("body", oneOf(null, "x".repeat(5_000), "y".repeat(9_000))),
      ],
      bulk: true,
    },
    {
      name: "oracle.keyless_computed",
      key: [],
      columns: [
        column("colour", nullable(oneOf("red", "green", ""))),
        column("size", nullable(whole(1, 4))),
        big("body", oneOf(null, "x".repeat(5_000), "y".repeat(9_000))),
      ],
    },
    {
      name: "oracle.insert_only",
      key: [],
      columns: [
        column("happened_at", (random) => `2024-05-05 ${timeOfDay(random)}`),
        column("what", note),
      ],
      insertOnly: true,
    },
    {
      name: "oracle.hidden",
      key: [column("id", small)],
      columns: [
        column("label", note),
        column("secret", nullable(whole(0, 9))),
        column("hint", note),
      ],
    },
    {
      name: "oracle.measurements",
      key: [
        column("region", oneOf("eu", "us", "elsewhere", "")),
        column("day", day(2023, 2025)),
        column("id", whole(1, 9)),
      ],
      columns: [
        column("value", nullable(oneOf("0.1", "1.5", "3e30"))),
        column("note", note),
      ],
      bulk: true,
    },
    {
      name: "oracle.hashed",
      key: [column("id", id)],
      spareKey: spareId,
      columns: [column("label", note)],
    },
    {
      name: "oracle.counter",
      key: [column("single", oneOf("1"))],
      columns: [column("value", whole(0, 1e9))],
      updateOnly: true,
    },
    {
      name: '`Odd Schema`.`Täble "quoted" ``$1```',
      key: [
        column("`ключ`", oneOf("a", "b\tc", "d\\e", "A", "")),
        column("`key, with comma`", small),
      ],
      columns: [column("`select`", nullable(charactersOf("aÄ '\n", 20)))],
    },
    {
      name: "oracle.every_type",
      key: [column("id", whole(1, keys))],
      keyByServer: true,
      columns: Object.entries(everyType(version)).map(([name, make]) =>
        column(name, nullable(make)),
      ),
    },
    {
      name: "oracle.wide",
      key: [column("id", small)],
      columns: Array.from({ length: WIDE }, (_, n) =>
        column(`c${n}`, nullable(whole(0, 1e6), 0.5)),
      ),
    },
  ];
}
