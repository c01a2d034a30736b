import { describe, expect, test } from "vitest";
import type { DefinedColumn } from "../../../../../src/engine/mysql/values/column.ts";
import {
  charsetOf,
  encodingOf,
} from "../../../../../src/engine/mysql/values/charsets.ts";
import {
  columnOfSchema,
  type SchemaColumn,
} from "../../../../../src/engine/mysql/values/column-of-schema.ts";
import { decodeLabel } from "../../../../../src/engine/mysql/values/labels.ts";
import { loadClauses } from "../../../../../src/engine/mysql/values/load-expression.ts";
import { selectExpression } from "../../../../../src/engine/mysql/values/select-expression.ts";
import { typeName } from "../../../../../src/engine/mysql/values/type-name.ts";

function schemaColumn(more: Partial<SchemaColumn>): SchemaColumn {
  return {
    ...{ name: "c", dataType: "int", columnType: "int", octets: 0 },
    ...{ precision: 0, scale: 0, fraction: 0, collation: undefined },
    ...{ nullable: true, extra: "", isKey: false },
    ...more,
  };
}

function defined(
  more: Partial<SchemaColumn>,
  flavour: "mysql" | "mariadb" = "mysql",
): DefinedColumn {
  return columnOfSchema(schemaColumn(more), flavour);
}

describe("labels", () => {
  test("are read as the server quotes them", () => {
    const column = defined({
      dataType: "enum",
      columnType: "enum('it''s','a,b','c\\\\d','e\\nf\\rg\\0h','','(''')",
      collation: 255,
    });
    expect(column.labels).toEqual([
      ...["it's", "a,b", "c\\d", "e\nf\rg\0h", "", "('"],
    ]);
    expect(typeName(column)).toBe(
      "enum('it''s','a,b','c\\d','e\nf\rg\0h','','(''')",
    );
  });

  test("are what both the log and information_schema can tell", () => {
    const cases = [
      [255, "f09f9880e9", "?\ufffd"],
      [8, "80e9", "€é"],
      [54, "00e93042", "éあ"],
      [56, "e9004230", "éあ"],
      [60, "000000e90001f600", "é?"],
      [13, "82a0", "?"],
      [13, "6162", "ab"],
      [10, "6162", "?"],
      [63, "6162", "ab"],
      [63, "ff", "?"],
    ] as const;
    for (const [collation, hex, label] of cases)
      expect(decodeLabel(Buffer.from(hex, "hex"), collation)).toBe(label);
    const sjis = { dataType: "enum", collation: 13 };
    expect(defined({ ...sjis, columnType: "enum('あ','b')" }).labels).toEqual([
      "?",
      "b",
    ]);
  });

  test("decide how many bytes ENUM and SET have", () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, at) => `'${at}'`).join(",");
    const bytes = (dataType: string, count: number) =>
      defined({ dataType, columnType: `${dataType}(${list(count)})` }).metadata;
    expect([255, 256].map((count) => bytes("enum", count))).toEqual([1, 2]);
    expect([8, 9, 24, 32, 33, 64].map((count) => bytes("set", count))).toEqual([
      1, 2, 3, 4, 8, 8,
    ]);
  });
});

test("a type that is not known is refused by name", () => {
  expect(() => defined({ name: "x", dataType: "xmltype" })).toThrow(
    "column x has the type xmltype",
  );
});

test("character sets are known by collation, and others kept as bytes", () => {
  expect([255, 45, 33, 11, 2304].map(encodingOf)).toEqual(
    Array<string>(5).fill("TEXT"),
  );
  expect([8, 63, 54, 13, 249, 2816, 60_000].map(encodingOf)).toEqual(
    Array<string>(7).fill("RAW"),
  );
  expect(charsetOf(2048)?.name).toBe("utf8mb3");
  expect(charsetOf(60_000)).toBeUndefined();
  const unknown = defined({
    dataType: "varchar",
    octets: 9,
    collation: 60_000,
  });
  expect(typeName(unknown)).toBe("varchar(9) collation 60000");
});

test("what is selected is what canonical values are made of", () => {
  expect(selectExpression(defined({ name: "a`b" }))).toBe("`a``b`");
  expect(selectExpression(defined({ dataType: "float" }))).toBe("`c` * 1e0");
  expect(selectExpression(defined({ dataType: "bit", precision: 9 }))).toBe(
    "CAST(`c` AS UNSIGNED)",
  );
  expect(selectExpression(defined({ dataType: "uuid" }, "mariadb"))).toBe(
    "CAST(`c` AS BINARY(16))",
  );
});

test("a line is loaded into columns, through variables, or left out", () => {
  const columns = [
    defined({ name: "id" }),
    defined({ name: "e", dataType: "enum", columnType: "enum('1')" }),
    defined({ name: "g", extra: "VIRTUAL GENERATED INVISIBLE" }),
    defined({ name: "j", dataType: "json" }),
    defined({
      name: "d",
      extra: "DEFAULT_GENERATED on update CURRENT_TIMESTAMP",
    }),
  ];
  expect(loadClauses(columns)).toBe(
    "(@c0, @c1, @c2, @c3, @c4) SET `id` = @c0, `e` = CAST(@c1 AS UNSIGNED), `j` = CONVERT(@c3 USING utf8mb4), `d` = @c4",
  );
  expect(loadClauses(columns.slice(0, 1))).toBe("(`id`)");
});
