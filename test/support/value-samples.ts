/** A type, and values of it as literals: its extremes and the spellings in which two outputs could differ. */
export interface ValueSample {
  readonly type: string;
  /** SQL expressions. */
  readonly values: readonly string[];
  readonly fromMajor?: number;
}

const of = (type: string, ...literals: readonly string[]): ValueSample => ({
  type,
  values: literals.map((literal) => quote(literal)),
});
const made = (type: string, ...values: readonly string[]): ValueSample => ({
  type,
  values,
});

export const VALUE_TYPES_SQL = `
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'Très "happy"', 'with space', 'a,b', '');
  CREATE DOMAIN small_numeric AS numeric(10, 2) CHECK (VALUE > -100000);
  CREATE DOMAIN moods AS mood[];
  CREATE TYPE "odd Type" AS ("a b" text, n numeric, m mood, inner_array int[]);
  CREATE DOMAIN checked_row AS "odd Type";
  CREATE TYPE floats AS RANGE (subtype = float8);
  CREATE SCHEMA other;
  CREATE TYPE other.mood AS ENUM ('elsewhere');
`;

/** Of 14 and later; those of extensions are not among them. */
export const VALUE_SAMPLES: readonly ValueSample[] = [
  of("bool", "t", "f"),
  of("int2", "-32768", "32767"),
  of("int4", "-2147483648", "2147483647"),
  of("int8", "-9223372036854775808", "9223372036854775807"),
  of(
    "float4",
    ...["NaN", "Infinity", "-Infinity", "-0", "0", "1e-45", "3.4028235e38"],
    ...["1.17549435e-38", "0.1", "16777217", "1e6", "1e15"],
  ),
  of(
    "float8",
    ...["NaN", "Infinity", "-Infinity", "-0", "5e-324", "0.1", "1e15", "1e16"],
    ...["1.7976931348623157e308", "2.2250738585072014e-308"],
    ...["123456789.12345678", "0.30000000000000004", "9007199254740993"],
  ),
  {
    ...of("numeric", "NaN", "Infinity", "-Infinity", "0", "0.000", "-1e-30"),
    values: [
      ...["'NaN'", "'Infinity'", "'-Infinity'", "'0'", "'0.000'", "'-1e-30'"],
      "'1e131071'",
      "(repeat('9', 131072) || '.' || repeat('7', 16383))",
      "'-12345678901234567890.098765432109876543210'",
    ],
  },
  of("numeric(12, 4)", "99999999.9999", "-0.0001", "NaN"),
  of("money", "-92233720368547758.08", "92233720368547758.07", "0.1"),
  made(
    "text",
    ...["''", "' '", String.raw`E'a\nb\tc\\\\d\re\vf\bg\fh'`],
    ...[String.raw`'\N'`, String.raw`'\.'`, String.raw`'{"a":"\n"}'`],
    String.raw`(SELECT string_agg(chr(n), '') FROM generate_series(1, 255) AS g (n))`,
    "'🦉é\u{10FFFF}'",
    ...["repeat('long 🦉 ', 100000)", "repeat(E'\\\\\\t', 200000)"],
    "(SELECT string_agg(md5(n::text), '') FROM generate_series(1, 33000) AS g (n))",
  ),
  made("varchar(5)", "''", "'a  '", "'éé🦉🦉é'"),
  made("char(5)", "''", "'a'", "'a b'", String.raw`E'\\\t'`),
  made("name", "''", "'Größe'", "repeat('n', 63)"),
  made('"char"', "'a'", "''", String.raw`'\377'`, "' '", String.raw`'\\'`),
  made(
    "bytea",
    "''",
    String.raw`'\x00'`,
    String.raw`'\x5c6e000a'`,
    "decode(repeat('00ff5c0a', 50000), 'hex')",
    "(SELECT string_agg(decode(md5(n::text), 'hex'), '') FROM generate_series(1, 64) AS g (n))",
  ),
  of(
    "date",
    ...["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"],
    ...["0001-01-01", "0001-12-31 BC", "2000-02-29"],
  ),
  of("time", "00:00:00", "24:00:00", "23:59:59.999999", "12:00:00.1"),
  of("time(0)", "12:00:00.9"),
  of("timetz", "00:00:00+15:59:59", "24:00:00-15:59", "12:00:00.123456+00"),
  of(
    "timestamp",
    ...["infinity", "-infinity", "4713-01-01 00:00:00 BC"],
    ...["294276-12-31 23:59:59.999999", "0001-01-01 00:00:00", "12024-01-01"],
    ...["2024-02-03 04:05:06.1", "2024-02-03 04:05:06.123456"],
  ),
  of(
    "timestamptz",
    ...["infinity", "-infinity", "4713-01-02 00:00:00+00 BC"],
    ...["294276-12-31 23:59:59.999999+00", "2024-06-01 12:00:00+05:45"],
    ...["1890-01-01 00:00:00+00:53:28", "2024-03-31 01:30:00+00"],
  ),
  of(
    "interval",
    ...["0", "-178000000 years", "178000000 years", "1 mon -1 day"],
    ...["-1 year 2 mons -3 days 04:05:06.789", "-00:00:00.000001"],
    ...["1 day -00:00:01", "1000000:00:00", "P1Y2M3DT4H5M6S"],
  ),
  of("interval year to month", "1 year 2 mons"),
  of(
    "uuid",
    "00000000-0000-0000-0000-000000000000",
    "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
  ),
  of(
    "json",
    ...['{"a":1, "a":2,  "b":  1e400}', "12345678901234567890.10", "-0.0"],
    ...['"\\u00e9\\n\\ud83e\\udd89"', "[ ]", "null", " 1e3 "],
  ),
  of(
    "jsonb",
    ...['{"a":1, "a":2, "b":1e400}', "12345678901234567890.10", "-0.0"],
    ...[
      '"\\u00e9\\n\\ud83e\\udd89\\t\\\\"',
      "[ ]",
      "null",
      '{"":{"x":[1,null]}}',
    ],
  ),
  of("jsonpath", '$."a"[*] ? (@ > 1)', "strict $", '$.é.datetime("HH24")'),
  of(
    "inet",
    "10.0.0.1",
    "10.0.0.1/8",
    "::1",
    "2001:db8::/32",
    "::ffff:1.2.3.4",
  ),
  of("cidr", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"),
  of("macaddr", "08:00:2b:01:02:03"),
  of("macaddr8", "08:00:2b:01:02:03:04:05"),
  of("bit(9)", "101010101", "000000000"),
  of("varbit", "", "1", "0".repeat(200)),
  of("point", "(1e-320,-0)", "(NaN,Infinity)", "(0.1,123456789.12345678)"),
  of("line", "{1,-1,0.3}"),
  of("lseg", "[(0,0),(1,0.1)]"),
  of("box", "(1,1),(0,0.1)"),
  of("path", "[(0,0),(1,0.1)]", "((0,0),(1,0.1))"),
  of("polygon", "((0,0),(1,0.1),(1,1))"),
  of("circle", "<(0.1,0),3>"),
  of("int4range", "empty", "(,)", "[1,5]", "(,3)"),
  of("int8range", "[-9223372036854775808,9223372036854775807)"),
  of("numrange", "[NaN,NaN]", "(0.10,)", "empty"),
  of("tsrange", "[2024-01-01 00:00,infinity]", '["4713-01-01 BC",)'),
  of("tstzrange", "[2024-01-01 00:00+02,infinity)", "(-infinity,)"),
  of("daterange", "[2024-01-01,2024-02-01]", "(,)"),
  of("int4multirange", "{}", "{[1,3),[5,9)}", "{(,0),[9,)}"),
  of("nummultirange", "{[0.10,0.20]}"),
  of("tstzmultirange", '{["2024-01-01 00:00+02",infinity)}'),
  of("datemultirange", "{[2024-01-01,2024-02-01)}"),
  of("floats", "[0.1,0.30000000000000004]"),
  of("floats_multirange", "{[0.1,0.2]}"),
  of("tsvector", "'a':1A,3 'fat':2B", "", "'it''s' 'Ж':1 '\\\\':2"),
  of("tsquery", "'a' & !'b':*AB", "'a' <2> 'b'", "", "'it''s'"),
  of("oid", "0", "4294967295"),
  of("xid", "0", "4294967295"),
  of("xid8", "0", "18446744073709551615"),
  of("cid", "4294967295"),
  of("tid", "(0,1)", "(4294967295,65535)"),
  of("pg_lsn", "0/0", "FFFFFFFF/FFFFFFFF"),
  of("pg_snapshot", "10:20:10,14,15"),
  of("txid_snapshot", "10:20:10,14,15"),
  of("int2vector", "1 2 3", ""),
  of("oidvector", "1 2 3"),
  of("regclass", "pg_class", 'other."Odd"', "0", "4294967295"),
  of("regtype", "integer", "mood", "other.mood", "numeric(3,1)[]", "-"),
  of("regproc", "pg_catalog.now", "0"),
  of("regprocedure", "lower(text)"),
  of("regoper", "||/", "0"),
  of("regoperator", "+(integer,integer)"),
  of("regrole", "postgres", "0"),
  of("regnamespace", "other", "public"),
  of("regconfig", "english", "0"),
  of("regdictionary", "simple"),
  of("regcollation", '"C"'),
  of("aclitem", "postgres=arw/postgres", "=r/postgres"),
  of("refcursor", "c"),
  of("mood", "sad", 'Très "happy"', ""),
  of("other.mood", "elsewhere"),
  of("small_numeric", "1.50", "99999999.99", "-0.01"),
  of("moods", '{sad,NULL,""}', "{}"),
  made(
    '"odd Type"',
    "ROW(NULL, NULL, NULL, NULL)",
    String.raw`ROW(E'a,"(\\)\n', 'NaN', 'with space', '[0:1]={1,NULL}')`,
    "ROW('', 0.10, '', '{}')",
  ),
  made("checked_row", "ROW('x', 1, 'ok', NULL)"),
  of(
    "int4[]",
    "{}",
    "{1,NULL,3}",
    "{{1,2},{3,4}}",
    "[-1:0]={7,8}",
    "[2:2][0:1]={{5,6}}",
  ),
  of(
    "text[]",
    ...[
      '{"",NULL,"NULL",null}',
      '{"a\\"b","c\\\\d","{e}",","," "}',
      "{{a},{é}}",
    ],
  ),
  of("float8[]", "{NaN,-0,0.1,Infinity}"),
  of("bytea[]", '{"\\\\x00ff",""}'),
  of("timestamptz[]", '{"2024-01-01 00:00+05:45",infinity}'),
  of("interval[]", '{"1 mon -1 day"}'),
  of("money[]", "{1.5}"),
  of("mood[]", '{sad,"a,b","",NULL}'),
  of("small_numeric[]", "{1.50}"),
  made(
    '"odd Type"[]',
    String.raw`ARRAY[ROW('a"b', 1, 'ok', '{1}')::"odd Type", NULL]`,
  ),
  of("jsonb[]", '{"{\\"a\\": [1, 2]}"}'),
  of("daterange[]", '{"[2024-01-01,2024-02-01)"}'),
];

/** Only where the server was built with libxml. */
export const XML_SAMPLE: ValueSample = of(
  "xml",
  ...["<a>é</a>", "text &amp; more", '<a b="c"/><d/>', ""],
  '<?xml version="1.0" encoding="UTF-8"?><a/>',
);

function quote(literal: string): string {
  const quoted = `'${literal.replaceAll("'", "''")}'`;
  return literal.includes("\\")
    ? `E${quoted.replaceAll("\\", "\\\\")}`
    : quoted;
}
