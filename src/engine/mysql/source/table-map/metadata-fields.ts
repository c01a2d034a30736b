import { COLUMN_TYPE } from "../../values/column.ts";
import { decodeLabel } from "../../values/labels.ts";
import type { FieldReader } from "./field-reader.ts";
import type { ColumnType } from "./column-types.ts";

/*
 * Optional metadata: (field 1 byte · packed length · value)*, each field about the columns of some types, in their order. MySQL and MariaDB have the
 * same numbers (MySQL: libs/mysql/binlog/event/rows_event.h; MariaDB: sql/log_event.h).
 */
const FIELD = {
  signedness: 1,
  defaultCharset: 2,
  columnCharset: 3,
  columnName: 4,
  setLabels: 5,
  enumLabels: 6,
  geometryType: 7,
  simplePrimaryKey: 8,
  prefixPrimaryKey: 9,
  labelDefaultCharset: 10,
  labelColumnCharset: 11,
  visibility: 12,
  vectorDimensions: 13,
} as const;

export interface MetadataFields {
  /** undefined without binlog_row_metadata=FULL. */
  readonly names: readonly string[] | undefined;
  readonly primaryKey: readonly number[];
  /** By column. */
  readonly unsigned: readonly (boolean | undefined)[];
  readonly charsets: readonly (number | undefined)[];
  readonly labels: readonly (readonly string[] | undefined)[];
  readonly variants: readonly (number | undefined)[];
  readonly invisible: readonly (boolean | undefined)[];
}

/** `reader` stands behind the bits of nullability. Throws RangeError on a field that is not known. */
export function readMetadataFields(
  reader: FieldReader,
  types: readonly ColumnType[],
  flavour: "mysql" | "mariadb",
): MetadataFields {
  const of = (...codes: readonly number[]) =>
    types.flatMap(({ type }, at) => (codes.includes(type) ? [at] : []));
  const characters = of(...CHARACTER_TYPES[flavour]);
  const labelled = of(COLUMN_TYPE.enum, COLUMN_TYPE.set);
  let names: readonly string[] | undefined;
  let primaryKey: readonly number[] = [];
  const unsigned: boolean[] = [];
  const charsets: number[] = [];
  const rawLabels: (readonly Buffer[])[] = [];
  const variants: number[] = [];
  const invisible: boolean[] = [];
  while (reader.left > 0) {
    const field = reader.uint(1);
    const value = reader.part(reader.packed());
    switch (field) {
      case FIELD.signedness:
        spread(unsigned, of(...NUMERIC_TYPES), readBits(value));
        break;
      case FIELD.defaultCharset:
        readDefaultCharset(charsets, characters, value);
        break;
      case FIELD.columnCharset:
        spread(charsets, characters, readPacked(value));
        break;
      case FIELD.labelDefaultCharset:
        readDefaultCharset(charsets, labelled, value);
        break;
      case FIELD.labelColumnCharset:
        spread(charsets, labelled, readPacked(value));
        break;
      case FIELD.columnName:
        names = readAll(value, () => value.packedBytes().toString("utf8"));
        break;
      case FIELD.setLabels:
        spread(rawLabels, of(COLUMN_TYPE.set), readLabels(value));
        break;
      case FIELD.enumLabels:
        spread(rawLabels, of(COLUMN_TYPE.enum), readLabels(value));
        break;
      case FIELD.geometryType:
        spread(variants, of(COLUMN_TYPE.geometry), readPacked(value));
        break;
      case FIELD.vectorDimensions:
        spread(variants, of(COLUMN_TYPE.vector), readPacked(value));
        break;
      case FIELD.simplePrimaryKey:
        primaryKey = readPacked(value);
        break;
      case FIELD.prefixPrimaryKey:
        // Pairs of a column and the length of its prefix.
        primaryKey = readPacked(value).filter((_, at) => at % 2 === 0);
        break;
      case FIELD.visibility: {
        const places = types.map((_, at) => at);
        spread(
          invisible,
          places,
          readBits(value).map((isVisible) => !isVisible),
        );
        break;
      }
      default:
        throw new RangeError(`metadata of kind ${field}`);
    }
  }
  // Whoever writes names writes these as well.
  const isWhole = (values: readonly unknown[], places: readonly number[]) =>
    places.every((place) => values[place] !== undefined);
  if (
    names !== undefined &&
    !(
      isWhole(charsets, [...characters, ...labelled]) &&
      isWhole(rawLabels, labelled)
    )
  )
    throw new RangeError("metadata of too few columns");
  const labels = rawLabels.map((all, at) =>
    all.map((label) => decodeLabel(label, charsets[at] ?? 0)),
  );
  return { names, primaryKey, unsigned, charsets, labels, variants, invisible };
}

const NUMERIC_TYPES: readonly number[] = [
  ...[COLUMN_TYPE.tinyint, COLUMN_TYPE.smallint, COLUMN_TYPE.mediumint],
  ...[COLUMN_TYPE.int, COLUMN_TYPE.bigint, COLUMN_TYPE.decimal],
  ...[COLUMN_TYPE.float, COLUMN_TYPE.double, COLUMN_TYPE.year],
];

const STRING_TYPES: readonly number[] = [
  ...[COLUMN_TYPE.char, COLUMN_TYPE.varchar, COLUMN_TYPE.varString],
  COLUMN_TYPE.blob,
];

/** What has a collation in the log. */
const CHARACTER_TYPES = {
  mysql: [...STRING_TYPES, COLUMN_TYPE.vector],
  mariadb: [
    ...[...STRING_TYPES, COLUMN_TYPE.geometry],
    ...[COLUMN_TYPE.compressedBlob, COLUMN_TYPE.compressedVarchar],
  ],
} as const;

/** Of the columns at `places`, in their order; bits fill up their last byte. */
function spread<T>(
  target: T[],
  places: readonly number[],
  values: readonly T[],
): void {
  if (values.length < places.length)
    throw new RangeError("metadata of too few columns");
  places.forEach((place, at) => {
    target[place] = values[at] as T;
  });
}

/** The collation of most, and pairs of another column's place among them and its collation. */
function readDefaultCharset(
  target: number[],
  places: readonly number[],
  value: FieldReader,
): void {
  const [usual = 0, ...pairs] = readPacked(value);
  for (const place of places) target[place] = usual;
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const place = places[pairs[at] as number];
    if (place === undefined) throw new RangeError("a collation of no column");
    target[place] = pairs[at + 1] as number;
  }
}

/** The first is the highest of the first byte. */
function readBits(value: FieldReader): boolean[] {
  return readAll(value, () => value.uint(1)).flatMap((byte) =>
    Array.from({ length: 8 }, (_, bit) => (byte & (0x80 >>> bit)) !== 0),
  );
}

function readPacked(value: FieldReader): number[] {
  return readAll(value, () => value.packed());
}

function readLabels(value: FieldReader): (readonly Buffer[])[] {
  return readAll(value, () =>
    Array.from({ length: value.packed() }, () => value.packedBytes()),
  );
}

function readAll<T>(value: FieldReader, read: () => T): T[] {
  const all: T[] = [];
  while (value.left > 0) all.push(read());
  return all;
}
