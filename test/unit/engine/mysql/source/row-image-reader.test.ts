import { deflateRawSync, deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { parseTableMap } from "../../../../../src/engine/mysql/source/table-map/parse-table-map.ts";
import { COLUMN_TYPE } from "../../../../../src/engine/mysql/values/column.ts";
import {
  columnOf,
  rowOfImage,
  textOfValue,
  textsOfImage,
} from "../../../../support/mysql-image-values.ts";
import { RECORDED } from "../../../../support/mysql-recorded.ts";

const POINT = Buffer.from(
  "000000000101000000000000000000f03f0000000000000040",
  "hex",
).toString("latin1");

const COMMON = {
  id: "4294967295",
  ti: "-128",
  bg: "-9223372036854775808",
  de: "-123456789.125",
  f: "0.10000000149011612",
  db: "-1.5e+300",
  y: "1901",
  d: "2024-02-29",
  dt: "9999-12-31 23:59:59.999",
  ts: "2038-01-19 03:14:07.25",
  tm: "-838:59:58.00001",
  b17: "65537",
  e: "2",
  s: "2",
  ch: "\0a\0b",
  vc: "key",
  bi: "a\0\0\0",
  tx: "text",
  g: POINT,
  inv: "7",
};
const OWN = {
  mysql: {
    vec: "\0\0\x80\x3f\0\0\0\x40",
    js: '{"a": 1.50, "b": [true, "x"]}',
  },
  mariadb: {
    u: Buffer.from("123e4567e89b12d3a456426655440000", "hex").toString(
      "latin1",
    ),
    cv: "zzzzzzzzzz",
    bl: "blob",
  },
};

describe.each(RECORDED)("a row image of $flavour", (recorded) => {
  const { flavour, image } = recorded;
  const map = parseTableMap(recorded.map, flavour);
  const table = { ...map, flavour };

  test("becomes every column's canonical value", () => {
    const texts = textsOfImage(table, image);
    const names = map.columns.map(({ name }) => name);
    const values = Object.fromEntries(
      names.map((name, at) => [name, texts[at]]),
    );
    expect(values).toEqual({
      ...COMMON,
      ...OWN[flavour],
      gen: "4294967296",
      nn: null,
    });
  });

  test("cut off anywhere it is refused", () => {
    for (let size = 0; size < image.length; size++)
      expect(
        () => rowOfImage(table, image.subarray(0, size)),
        `${size} bytes`,
      ).toThrow(RangeError);
  });
});

test("a damaged value names its column", () => {
  const columns = [
    columnOf(COLUMN_TYPE.int, 0, { name: "a" }),
    columnOf(COLUMN_TYPE.json, 4, { name: "doc" }),
  ];
  const image = Buffer.from("000100000002000000ff00", "hex");
  expect(() => rowOfImage({ columns }, image)).toThrow(
    "column doc: JSON of type 255",
  );
});

test.each([0, 1, 23, 24, 25, 63, 64, 65, 250, 255, 256, 8191, 8192, 70_000])(
  "a text of %i bytes",
  (size) => {
    const bytes = Buffer.alloc(size, "ab");
    const length = Buffer.alloc(4);
    length.writeUInt32LE(size);
    const image = Buffer.concat([length, bytes]);
    expect(textOfValue(columnOf(COLUMN_TYPE.blob, 4), image)).toBe(
      bytes.toString(),
    );
  },
);

describe("a compressed value of MariaDB", () => {
  const column = columnOf(COLUMN_TYPE.compressedBlob, 2);
  const value = Buffer.from("many many many words".repeat(20));
  const stored = (header: number, body: Buffer, size = value.length) => {
    const head = Buffer.from([0, 0, header, size >>> 8, size & 0xff]);
    const all = Buffer.concat([head, body]);
    all.writeUInt16LE(all.length - 2);
    return all;
  };

  test("in zlib's frame, without it, or as it is", () => {
    const framed = stored(0x82, deflateSync(value));
    expect(textOfValue(column, framed)).toBe(value.toString());
    const bare = stored(0x8a, deflateRawSync(value));
    expect(textOfValue(column, bare)).toBe(value.toString());
    expect(textOfValue(column, Buffer.from("0300007878", "hex"))).toBe("xx");
    expect(textOfValue(column, Buffer.from("0000", "hex"))).toBe("");
  });

  test("of another method or length is refused", () => {
    const other = stored(0x92, deflateSync(value));
    expect(() => textOfValue(column, other)).toThrow("method 9");
    const shorter = stored(0x82, deflateSync(value), value.length - 1);
    expect(() => textOfValue(column, shorter)).toThrow(RangeError);
    const longer = stored(0x82, deflateSync(value), value.length + 1);
    expect(() => textOfValue(column, longer)).toThrow("another length");
  });
});

describe("times as before MySQL 5.6", () => {
  test("DATETIME, TIME and TIMESTAMP", () => {
    const datetime = Buffer.from("45ece7335f120000", "hex");
    expect(textOfValue(columnOf(COLUMN_TYPE.oldDatetime), datetime)).toBe(
      "2020-01-02 03:04:05",
    );
    const time = Buffer.alloc(3);
    time.writeIntLE(-8_385_959, 0, 3);
    expect(textOfValue(columnOf(COLUMN_TYPE.oldTime), time)).toBe("-838:59:59");
    const timestamp = Buffer.from("ffffff7f", "hex");
    expect(textOfValue(columnOf(COLUMN_TYPE.oldTimestamp), timestamp)).toBe(
      "2038-01-19 03:14:07",
    );
    const zero = Buffer.alloc(8);
    expect(textOfValue(columnOf(COLUMN_TYPE.oldDatetime), zero)).toBe(
      "0000-00-00 00:00:00",
    );
  });

  test("what is none is refused", () => {
    // DATETIME(6) of MariaDB 5.3 has as many bytes.
    const fraction = Buffer.from("42090a66c32e1206", "hex");
    expect(() =>
      textOfValue(columnOf(COLUMN_TYPE.oldDatetime), fraction),
    ).toThrow("an old DATETIME with a fraction");
    const time = Buffer.from("0f2700", "hex");
    expect(() => textOfValue(columnOf(COLUMN_TYPE.oldTime), time)).toThrow(
      "an old time with a fraction",
    );
  });
});

test("MariaDB shows no negative zero, and none becomes of one", () => {
  const columns = [columnOf(COLUMN_TYPE.double, 8)];
  const image = Buffer.from("000000000000000080", "hex");
  expect(textsOfImage({ columns, flavour: "mysql" }, image)).toEqual(["-0"]);
  expect(textsOfImage({ columns, flavour: "mariadb" }, image)).toEqual(["0"]);
});
