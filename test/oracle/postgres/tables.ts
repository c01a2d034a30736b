import { EVERY_TYPE, moods, numerics } from "./every-type.ts";
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

const column = (name: string, make: MakeValue): WorkColumn => ({ name, make });
const big = (name: string, make: MakeValue): WorkColumn => ({
  ...column(name, nullable(make)),
  big: true,
});
const note = nullable(text(30));
const body = longText(2_500, 12_000);

/** The tables of schema.sql; `keys` rows of each are what statements choose from. */
export function listTables(keys: number): readonly WorkTable[] {
  const id = whole(1, keys);
  // What others refer to is there more often than not.
  const few = whole(1, Math.min(15, keys));
  const oftenFew: MakeValue = (random) =>
    random.chance(0.5) ? few(random) : id(random);
  const spareId = () => ["-1"];
  const small = whole(1, Math.ceil(Math.sqrt(keys)));
  const uuids = (of: number): MakeValue => {
    const made = whole(1, of);
    return (random) =>
      `00000000-0000-4000-8000-${String(made(random)).padStart(12, "0")}`;
  };
  return [
    {
      name: "oracle.accounts",
      key: [column("id", oftenFew)],
      spareKey: spareId,
      columns: [
        column("name", text(20)),
        column("balance", (random) => `${random.integer(-1e6, 1e6)}.5`),
        column(
          "changed_at",
          nullable((random) => `2024-02-29 ${timeOfDay(random)}+01`),
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
      key: [column("id", oftenFew)],
      spareKey: spareId,
      columns: [column("account", nullable(few, 0.5)), column("note", note)],
    },
    {
      name: "oracle.order_lines",
      key: [column("order_id", few), column("line", whole(1, 3))],
      columns: [column("product", note), column("price", nullable(numerics))],
    },
    {
      name: "oracle.tree",
      key: [column("id", small)],
      columns: [column("parent", nullable(small, 0.8)), column("label", note)],
    },
    {
      name: "oracle.documents",
      key: [column("id", uuids(keys))],
      spareKey: () => ["ffffffff-ffff-4fff-8fff-ffffffffffff"],
      columns: [
        column("title", note),
        big("body", body),
        big("attachment", (random) => `\\x${hex(random, 40).repeat(80)}`),
        column("revision", whole(0, 99)),
      ],
    },
    {
      name: "oracle.slugs",
      key: [column("slug", (random) => `slug-${small(random)}'é"`)],
      spareKey: () => ["a slug between two"],
      columns: [column("hits", nullable(whole(0, 9))), big("body", body)],
    },
    {
      name: "oracle.rates",
      key: [
        column(
          "rate",
          (random) => `${small(random)}${random.pick(["", ".0", ".00"])}`,
        ),
      ],
      spareKey: () => ["NaN"],
      columns: [column("label", note)],
    },
    {
      name: "oracle.calendar",
      key: [
        column("mood", moods),
        column("day", oneOf("2024-01-01", "infinity", "0044-03-15 BC")),
        column("hash", bytes(1)),
      ],
      columns: [column("entry", note)],
    },
    {
      name: "oracle.full_beside_key",
      key: [column("id", small)],
      spareKey: spareId,
      columns: [
        big("body", body),
        column("data", nullable(oneOf('{"a": 1}', '{"a":1}', "[]"))),
        column("count", whole(0, 3)),
      ],
    },
    {
      name: "oracle.by_index",
      key: [
        column("region", oneOf("eu", "us", "asia")),
        column("code", (random) => `c${small(random)}`),
      ],
      spareKey: () => ["none", "between"],
      // Another unique key that collides now and then.
      columns: [column("id", whole(1, keys * 20)), column("note", note)],
    },
    {
      name: "oracle.keyless",
      key: [],
      columns: [
        column("colour", nullable(oneOf("red", "green", ""))),
        column("size", nullable(whole(1, 4))),
        column("ratio", nullable(oneOf("NaN", "-0", "0.1"))),
        big("body", oneOf(null, "x".repeat(5_000), "y".repeat(9_000))),
      ],
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
      columns: [column("happened_at", timestampNow), column("what", note)],
      insertOnly: true,
    },
    {
      name: "oracle.measurements",
      key: [
        column("region", oneOf("eu", "us", "elsewhere", "")),
        column("day", day(2023, 2025)),
        column("id", whole(1, 9)),
      ],
      columns: [
        column("value", nullable(oneOf("NaN", "1.5", "3e30"))),
        column("note", note),
      ],
      bulk: true,
    },
    {
      name: "oracle.vehicles",
      key: [column("id", small)],
      columns: [column("plate", note)],
    },
    {
      name: "oracle.trucks",
      key: [column("id", small)],
      columns: [
        column("plate", note),
        column("payload", nullable(oneOf("1.5", "99999.9"))),
      ],
    },
    {
      name: "oracle.counter",
      key: [column("single", oneOf("t"))],
      columns: [column("value", whole(0, 1e9))],
      updateOnly: true,
    },
    {
      name: '"Odd Schema"."Täble ""quoted"" $1"',
      key: [
        column('"ключ"', oneOf("a", "b\tc", "d\\e", "")),
        column('"key, with comma"', small),
      ],
      columns: [column('"select"', note)],
    },
    {
      name: "oracle.every_type",
      key: [column("id", whole(1, keys))],
      keyByServer: true,
      columns: Object.entries(EVERY_TYPE).map(([name, make]) =>
        column(name, nullable(make)),
      ),
    },
    {
      name: "oracle.wide",
      key: [column("id", small)],
      columns: Array.from({ length: 130 }, (_, index) =>
        column(`c${index + 21}`, nullable(whole(0, 1e6), 0.5)),
      ),
    },
  ];
}

const timestampNow: MakeValue = (random) =>
  `2024-05-05 ${timeOfDay(random)}+00`;
