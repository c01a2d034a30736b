import { describe, expect, test } from "vitest";
import { mysqlShape } from "../../../../../src/engine/mysql/shape.ts";
import { parseTableMap } from "../../../../../src/engine/mysql/source/table-map/parse-table-map.ts";
import { typeName } from "../../../../../src/engine/mysql/values/type-name.ts";
import { caught } from "../../../../support/caught.ts";
import { RECORDED } from "../../../../support/mysql-recorded.ts";

const COMMON = {
  id: "int unsigned",
  ti: "tinyint",
  bg: "bigint",
  de: "decimal(12,3)",
  f: "float",
  db: "double",
  y: "year",
  d: "date",
  dt: "datetime(3)",
  ts: "timestamp(2)",
  tm: "time(5)",
  b17: "bit(17)",
  e: "enum('a','é')",
  s: "set('x','y')",
  ch: "char(3) character set utf16",
  vc: "varchar(70) character set utf8mb4",
  bi: "binary(4)",
  tx: "text character set utf8mb4",
  g: "point",
  inv: "int",
};
const OWN = {
  mysql: { vec: "vector(2)", js: "json" },
  mariadb: {
    u: "binary(16)",
    cv: "varchar(10) character set utf8mb4",
    bl: "blob",
  },
};

describe.each(RECORDED)("a table map of $flavour", ({ flavour, map }) => {
  test("has every column's name and type, and none that is hidden", () => {
    const table = parseTableMap(map, flavour);
    const types = table.columns.map((column) => [
      column.name,
      typeName(column),
    ]);
    expect(Object.fromEntries(types)).toEqual({
      ...COMMON,
      ...OWN[flavour],
      gen: "bigint",
      nn: "int",
    });
    expect([table.schema, table.name]).toEqual(["p", "recorded"]);
    const hidden = flavour === "mariadb" ? 1 : 0;
    expect(table.width).toBe(table.columns.length + hidden);
  });

  test("has the key, nullability and visibility", () => {
    const { columns, primaryKey } = parseTableMap(map, flavour);
    expect(primaryKey.map((at) => columns[at]?.name)).toEqual(["vc", "id"]);
    const notNull = columns.filter(({ nullable }) => !nullable);
    expect(notNull.map(({ name }) => name)).toEqual(["id", "vc"]);
    const invisible = columns.filter((column) => column.invisible);
    expect(invisible.map(({ name }) => name)).toEqual(
      flavour === "mysql" ? ["inv"] : [],
    );
  });

  test("cut off inside a field, or before its names, it is refused", () => {
    const labels = map.indexOf(Buffer.from("0502017801", "hex"));
    for (let size = 0; size < labels; size++)
      expect(
        () => parseTableMap(map.subarray(0, size), flavour),
        `${size} bytes`,
      ).toThrow();
  });

  test("is refused where its log has no names", async () => {
    const names = map.indexOf(Buffer.from("0269640274", "hex")) - 2;
    const error = await caught(() =>
      parseTableMap(map.subarray(0, names), flavour),
    );
    expect(error).toMatchObject({
      code: "SOURCE_UNREADABLE",
      message: "the log has no names of the columns of p.recorded",
      hint: "SET GLOBAL binlog_row_metadata = FULL, and end the sessions that have it otherwise",
    });
  });

  test("of a type or with metadata of a later version is refused", () => {
    const type = Buffer.from(map);
    type[22] = 250;
    expect(() => parseTableMap(type, flavour)).toThrow("a column of type 250");
    const more = Buffer.concat([map, Buffer.from([14, 0])]);
    expect(() => parseTableMap(more, flavour)).toThrow("metadata of kind 14");
  });

  test("names a shape by table and columns", () => {
    const table = parseTableMap(map, flavour);
    const shape = mysqlShape({
      ...table,
      engine: flavour,
      namespace: table.schema,
    });
    expect(shape).toMatchObject({ identity: "KEY", namespace: "p" });
    const identifies = shape.columns.filter((column) => column.identifies);
    expect(identifies.map(({ name }) => name)).toEqual(["id", "vc"]);
    const raw = shape.columns.filter(({ encoding }) => encoding === "RAW");
    expect(raw.map(({ name }) => name)).toEqual(
      flavour === "mysql"
        ? ["ch", "bi", "g", "vec"]
        : ["ch", "bi", "g", "u", "bl"],
    );
    expect(shape.table).toBeLessThan(2 ** 52);
    const keyless = mysqlShape({
      ...{ ...table, engine: flavour, namespace: table.schema },
      primaryKey: [],
    });
    expect(keyless.identity).toBe("WHOLE_ROW");
    expect(keyless.columns.every((column) => column.identifies)).toBe(true);
  });
});
