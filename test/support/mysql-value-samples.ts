import type { MysqlVersion } from "./mysql-binaries.ts";

/** A column type and what is written into it: SQL expressions, one row each. NULL is written everywhere besides. */
export interface MysqlSample {
  readonly type: string;
  readonly values: readonly string[];
  readonly only?: readonly MysqlVersion[];
}

const MARIADB: readonly MysqlVersion[] = ["mariadb-10.11", "mariadb-11.8"];
const MYSQL: readonly MysqlVersion[] = ["mysql-9"];

const INTEGERS = [
  ["tinyint", 8],
  ["smallint", 16],
  ["mediumint", 24],
  ["int", 32],
  ["bigint", 64],
] as const;

function integerSamples(): MysqlSample[] {
  return INTEGERS.flatMap(([type, bits]) => {
    const half = 1n << BigInt(bits - 1);
    const powers = ["7", "99", "100", "1000000000", "9007199254740993"];
    const inside = powers.filter((power) => BigInt(power) < half);
    const signed = [`${-half}`, `${half - 1n}`, "0", "-1", ...inside];
    const negative = inside.map((power) => `-${power}`);
    const unsigned = ["0", `${2n * half - 1n}`, `${half}`, ...inside];
    return [
      { type, values: [...signed, ...negative] },
      { type: `${type} unsigned`, values: unsigned },
      { type: `${type}(9) zerofill`, values: unsigned },
    ];
  });
}

const NINES = "9".repeat(65);
const DECIMALS: readonly MysqlSample[] = [
  {
    type: "decimal(65,0)",
    values: [NINES, `-${NINES}`, "0", "1", "-1", "1000000000", "-999999999"],
  },
  {
    type: "decimal(65,30)",
    values: [
      `${"9".repeat(35)}.${"9".repeat(30)}`,
      `-${"9".repeat(35)}.${"9".repeat(30)}`,
      "0.000000000000000000000000000001",
      "-0.000000000000000000000000000001",
      "0",
      "123456789.000000001",
    ],
  },
  { type: "decimal(30,30)", values: [`0.${"9".repeat(30)}`, "-0.1", "0"] },
  { type: "decimal(10,2)", values: ["-0.001", "0.005", "-12345678.90", "1"] },
  { type: "decimal(1,0)", values: ["9", "-9", "0"] },
  { type: "decimal(18,9)", values: ["999999999.999999999", "-0.000000001"] },
  { type: "decimal(19,10)", values: ["999999999.9999999999", "-1.5"] },
  {
    type: "decimal(12,4) unsigned zerofill",
    values: ["0", "0.5", "12345678.9999", "1"],
  },
  { type: "decimal(5,0) unsigned", values: ["0", "99999"] },
];

const FLOATS = [
  ...["0", "1", "-1", "0.1", "-0.3", "1e10", "123456.789", "16777217"],
  ...["3.4028234e38", "-3.4028234e38", "1.17549435e-38", "1e-45", "1e15"],
  ...["100000000000000000000", "1e21", "0.000001", "0.0000001", "7e-7"],
];
const DOUBLES = [
  ...FLOATS,
  ...["1.7976931348623157e308", "-1.7976931348623157e308", "5e-324"],
  ...["2.2250738585072014e-308", "9007199254740993", "0.1e0 + 0.2e0"],
  ...["123456789012345678", "1e-14", "1e-15", "999999999999999.9"],
];

const DATES = [
  ...["'0000-00-00'", "'2024-02-29'", "'9999-12-31'", "'1000-01-01'"],
  ...["'2024-00-00'", "'2024-02-31'", "'0000-01-01'", "'0001-01-01'"],
  "'2024-05-00'",
];

function timeSamples(): MysqlSample[] {
  return [0, 1, 2, 3, 4, 5, 6].flatMap((digits) => {
    const suffix = digits === 0 ? "" : `(${digits})`;
    const times = [
      ...["'838:59:59'", "'-838:59:59'", "'00:00:00'", "'-00:00:01'"],
      ...["'-00:00:00.5'", "'-00:00:00.000001'", "'23:59:59.999994'"],
      ...["'100:00:00.1'", "'-01:00:00.999999'", "'-838:59:58.999999'"],
      "'00:00:00.123456'",
    ];
    const datetimes = [
      ...["'0000-00-00 00:00:00'", "'9999-12-31 23:59:59.4'"],
      ...["'2024-02-29 12:34:56.789012'", "'2024-00-00 00:00:00.000001'"],
      ...["'1000-01-01 00:00:00'", "'2024-02-31 23:00:00.1'"],
    ];
    const timestamps = [
      ...["'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'"],
      ...["'2038-01-19 03:14:07.4'", "'2024-02-29 12:34:56.789012'"],
      ...["'2000-12-31 23:59:59'", "'1999-03-01 00:00:00.999'"],
    ];
    return [
      { type: `time${suffix}`, values: times },
      { type: `datetime${suffix}`, values: datetimes },
      { type: `timestamp${suffix} null`, values: timestamps },
    ];
  });
}

const CONTROL = "x'5c0009080a0b0c0d1a5c4e27225c5c7f'";
const ASCII_TEXT = [
  "''",
  "' leading and trailing  '",
  "'it''s'",
  "'NULL'",
  "concat(char(92), 'N')",
  "'#'",
];

function texts(charset: string): MysqlSample[] {
  const unicode = [
    ...["'é'", "'日本'", "'a '", "concat('x', char(9))"],
    ...["repeat('é', 20)", "concat(repeat('あ', 19), ' ')"],
  ];
  const emoji = /utf8mb4|utf16|utf32|gb18030/.test(charset) ? ["'😀'"] : [];
  const values = /latin1|ascii/.test(charset)
    ? ["x'80ff'", "'é'", "repeat('z', 20)"]
    : [...unicode, ...emoji];
  const all = [...ASCII_TEXT, ...values];
  return [
    { type: `char(20) character set ${charset}`, values: all },
    { type: `varchar(40) character set ${charset}`, values: all },
    { type: `varchar(300) character set ${charset}`, values: all },
    { type: `text character set ${charset}`, values: all },
  ];
}

const STRINGS: readonly MysqlSample[] = [
  ...["utf8mb4", "utf8mb3", "ascii", "latin1"].flatMap(texts),
  ...["sjis", "cp932", "gbk", "ujis", "euckr", "big5"].flatMap(texts),
  ...["ucs2", "utf16", "utf16le", "utf32"].flatMap(texts),
  {
    type: "char(255) character set utf8mb4",
    values: ["repeat('é', 255)", "repeat('😀', 255)", "'a'"],
  },
  {
    type: "char(0)",
    values: ["''"],
  },
  {
    type: "tinytext",
    values: [...ASCII_TEXT, CONTROL, "repeat('y', 255)", "repeat('y', 250)"],
  },
  {
    type: "mediumtext",
    values: [CONTROL, "repeat('é', 40000)", "repeat('z', 251)"],
  },
  { type: "longtext", values: [CONTROL, "repeat('ab\\n', 100000)", "''"] },
  {
    type: "varchar(10000) character set utf8mb4 collate utf8mb4_bin",
    values: ["repeat('€', 10000)", CONTROL],
  },
];

const ALL_BYTES = `x'${Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0")).join("")}'`;
const BINARIES: readonly MysqlSample[] = [
  {
    type: "binary(16)",
    values: ["''", "x'00'", "x'0000ff00'", "'abc  '", "repeat('x', 16)"],
  },
  { type: "binary(255)", values: ["x'00'", "repeat(x'ff00', 127)"] },
  { type: "binary(0)", values: ["''"] },
  {
    type: "varbinary(255)",
    values: ["''", "x'00'", "x'ff00'", "'a '", CONTROL],
  },
  { type: "varbinary(256)", values: ["''", ALL_BYTES, "'a '"] },
  { type: "tinyblob", values: ["''", "repeat(x'00', 255)"] },
  { type: "blob", values: ["''", ALL_BYTES, "repeat(x'5c', 65535)"] },
  { type: "mediumblob", values: [`repeat(${ALL_BYTES}, 300)`] },
  { type: "longblob", values: [`repeat(${ALL_BYTES}, 3000)`, "''"] },
];

const LABELS = Array.from({ length: 300 }, (_, at) => `'label ${at}'`);
const ENUMS: readonly MysqlSample[] = [
  // Index 0 is what an assignment of nothing known leaves.
  { type: "enum('a','b','2','1')", values: ["1", "2", "3", "4", "'none'"] },
  { type: "enum('','x')", values: ["1", "2", "'none'"] },
  {
    type: `enum(${LABELS.join(",")})`,
    values: ["1", "255", "256", "300", "'none'"],
  },
  { type: "enum('é','ÿ€') character set latin1", values: ["1", "2"] },
  { type: "enum('あ','b') character set sjis", values: ["1", "2"] },
  { type: "enum('あ','😀') character set utf16", values: ["1", "2"] },
  { type: "enum('it''s','a,b','c\\\\d','e\\nf','g\\th')", values: ["1", "5"] },
  { type: "set('a','b','c')", values: ["0", "7", "''", "'a,c'"] },
  {
    type: `set(${LABELS.slice(0, 64).join(",")})`,
    values: ["18446744073709551615", "9223372036854775808", "0", "1"],
  },
  { type: `set(${LABELS.slice(0, 9).join(",")})`, values: ["511", "256"] },
  { type: `set(${LABELS.slice(0, 24).join(",")})`, values: ["16777215"] },
  { type: `set(${LABELS.slice(0, 33).join(",")})`, values: ["8589934591"] },
];

const BITS: readonly MysqlSample[] = [
  { type: "bit(1)", values: ["0", "1"] },
  { type: "bit(7)", values: ["127", "0"] },
  { type: "bit(8)", values: ["255", "b'10101010'"] },
  { type: "bit(17)", values: ["131071", "65536"] },
  { type: "bit(63)", values: ["9223372036854775807"] },
  { type: "bit(64)", values: ["18446744073709551615", "1", "0x3132"] },
];

const GEOMETRIES: readonly MysqlSample[] = [
  {
    type: "geometry",
    values: [
      "st_geomfromtext('POINT(1 2)')",
      "st_geomfromtext('LINESTRING(0 0,1 1,-10.5 5e-5)', 4326)",
      "st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))')",
      "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,2 2))')",
      "st_geomfromtext('MULTIPOINT(1 1,2 2)')",
    ],
  },
  { type: "point", values: ["st_geomfromtext('POINT(1 2)', 4326)"] },
  {
    type: "multipolygon",
    values: ["st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))')"],
  },
];

const MYSQL_ONLY: readonly MysqlSample[] = [
  { type: "double", values: ["-0e0"], only: MYSQL },
  { type: "float", values: ["-0e0"], only: MYSQL },
  {
    type: "geometrycollection",
    values: ["st_geomfromtext('GEOMETRYCOLLECTION EMPTY')"],
    only: MYSQL,
  },
  {
    type: "vector(3)",
    values: ["to_vector('[1,2,-3.5]')", "to_vector('[0,1e10,1e-10]')"],
    only: MYSQL,
  },
  { type: "vector", values: ["to_vector('[1]')"], only: MYSQL },
  {
    type: "json",
    values: [
      ...["'{}'", "'[]'", "'null'", "'true'", "'false'", `'""'`, "'0'"],
      ...["'-1'", "'1.0'", "'1e100'", "'0.1'", "'18446744073709551615'"],
      ...["'-9223372036854775808'", "'32768'", "'-32769'", "'4294967296'"],
      ...["'65535'", "'65536'", "'2147483648'", "'-2147483649'"],
      "'18446744073709551616'",
      `'{"b": 1, "a": [1, 2, {"c": null}], "ccc": {"d": "e"}, "aa": 1}'`,
      `'["\\\\u0000\\\\b\\\\f\\\\n\\\\r\\\\t\\\\"\\\\\\\\/\\\\u001f\\\\u007f😀é"]'`,
      "json_array(repeat('x', 127), repeat('y', 128), repeat('z', 70000))",
      "json_object(repeat('k', 300), 1, '', 2)",
      `concat('[', repeat('[', 98), repeat(']', 98), ']')`,
      `concat('[', repeat('1000000,', 20000), '70000,"x",true,-5,1e-7]')`,
      `concat('{"a":', json_array(repeat('é', 40000)), '}')`,
    ],
    only: MYSQL,
  },
  {
    type: "json",
    values: [
      "json_array(cast('2024-02-29' as date), cast('12:34:56.5' as time(6)))",
      "json_array(cast('-838:59:59' as time), cast('0000-00-00' as date))",
      "json_array(cast('2024-02-29 01:02:03.000004' as datetime(6)))",
      "json_array(timestamp'9999-12-31 23:59:59.999999')",
      "json_array(x'00ff', b'101', repeat(x'ff', 57), repeat(x'fe', 58))",
      "json_array(repeat(x'fd', 114), repeat(x'fd', 115), x'')",
      "json_array(cast(9.99 as decimal(5,2)), cast(-0.5 as decimal(1,1)))",
      "json_array(year(now()) > 0, cast(1 as unsigned), 1e0, -0e0)",
      "json_object('p', st_geomfromtext('POINT(1 2)'))",
    ],
    only: MYSQL,
  },
];

const MARIADB_ONLY: readonly MysqlSample[] = [
  {
    type: "timestamp(6) null",
    values: ["'1970-01-01 00:00:00.5'", "'1970-01-01 00:00:00.000001'"],
    only: MARIADB,
  },
  // A negative zero, which it keeps and does not show.
  { type: "float", values: ["-1e-50"], only: MARIADB },
  {
    type: "json",
    values: [`'{"b": 1, "a":2}'`, "'[1.50,1e5]'", "'\"\\\\u0041\"'"],
    only: MARIADB,
  },
  {
    type: "uuid",
    values: [
      "'00000000-0000-0000-0000-000000000000'",
      "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
      "'123e4567-e89b-12d3-a456-426655440000'",
      "'123e4567-e89b-42d3-a456-426655440000'",
      "'018f3a5e-0000-7000-8000-000000000000'",
    ],
    only: MARIADB,
  },
  {
    type: "inet6",
    values: ["'::'", "'::1'", "'ffff::'", "'2001:db8::ff00:42:8329'"],
    only: MARIADB,
  },
  {
    type: "inet4",
    values: ["'0.0.0.0'", "'255.255.255.255'", "'10.0.0.0'"],
    only: ["mariadb-11.8"],
  },
  {
    type: "vector(3)",
    values: ["vec_fromtext('[1,2,-3.5]')"],
    only: ["mariadb-11.8"],
  },
  {
    type: "varchar(100) compressed",
    values: ["''", "'short'", "repeat('long ', 20)"],
    only: MARIADB,
  },
  {
    type: "varbinary(1000) compressed",
    values: ["''", "x'00'", "repeat(x'00ff', 500)", ALL_BYTES],
    only: MARIADB,
  },
  {
    type: "text compressed",
    values: ["''", "'short'", "repeat('long\\n', 10000)", "repeat('é', 150)"],
    only: MARIADB,
  },
  {
    type: "longblob compressed",
    values: [`repeat(${ALL_BYTES}, 3000)`, "x'00'"],
    only: MARIADB,
  },
  {
    type: "varchar(20) character set utf8mb4 collate utf8mb4_uca1400_ai_ci",
    values: ["'é'", "'a '"],
    only: MARIADB,
  },
  {
    type: "timestamp(6) null",
    values: ["'2106-02-07 06:28:15.999999'", "'2038-01-19 03:14:08'"],
    only: ["mariadb-11.8"],
  },
];

const ALL: readonly MysqlSample[] = [
  ...integerSamples(),
  ...DECIMALS,
  { type: "float", values: FLOATS },
  { type: "float unsigned zerofill", values: ["0.1", "1e10"] },
  { type: "float(7,3)", values: ["0.1", "1234.5678", "-9999.999"] },
  { type: "double", values: DOUBLES },
  { type: "double(20,5)", values: ["0.1", "-123456789.123456", "1e14"] },
  { type: "double(12,2) unsigned zerofill", values: ["1.005", "0"] },
  {
    type: "year",
    values: ["1901", "2155", "'0000'", "2024", "1970"],
  },
  { type: "date", values: DATES },
  ...timeSamples(),
  ...BITS,
  ...ENUMS,
  ...STRINGS,
  ...BINARIES,
  ...GEOMETRIES,
  ...MYSQL_ONLY,
  ...MARIADB_ONLY,
];

export function mysqlSamples(version: MysqlVersion): readonly MysqlSample[] {
  return ALL.filter(({ only }) => only === undefined || only.includes(version));
}
