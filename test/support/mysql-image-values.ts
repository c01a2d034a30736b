import { RowImageReader } from "../../src/engine/mysql/source/row-image-reader.ts";
import type { MysqlColumn } from "../../src/engine/mysql/values/column.ts";
import type { Row } from "../../src/core/change.ts";
import { AvroReader } from "../../src/format/avro-reader.ts";
import { AvroWriter } from "../../src/format/avro-writer.ts";
import { readRow } from "../../src/format/change-codec.ts";

export interface ImagesOf {
  readonly columns: readonly MysqlColumn[];
  readonly width?: number;
  readonly flavour?: "mysql" | "mariadb";
}

/** The row of an image that lies between others, written into a tiny buffer, so that it has to grow. Throws when the image is longer. */
export function rowOfImage(table: ImagesOf, image: Buffer): Row {
  const reader = new RowImageReader({
    columns: table.columns,
    width: table.width ?? table.columns.length,
    flavour: table.flavour ?? "mysql",
    leftOut: new Set(),
  });
  const before = Buffer.from("before");
  const buffer = Buffer.concat([before, image, Buffer.alloc(64, 0xff)]);
  const end = before.length + image.length;
  const images = { buffer, offset: before.length, end };
  const out = new AvroWriter(16);
  out.writeRaw(Buffer.from("kept"));
  reader.read(out, images);
  if (images.offset !== end) throw new Error("the image is longer");
  const bytes = out.cut();
  if (bytes.toString("latin1", 0, 4) !== "kept")
    throw new Error("what was written before is gone");
  const avro = new AvroReader(bytes.subarray(4));
  const row = readRow(avro);
  if (!avro.atEnd) throw new Error("more than a row was written");
  return row;
}

export function textsOfImage(
  table: ImagesOf,
  image: Buffer,
): (string | null)[] {
  return rowOfImage(table, image).map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : null,
  );
}

/** A NOT NULL column of this type. */
export function columnOf(
  type: number,
  metadata = 0,
  more: Partial<MysqlColumn> = {},
): MysqlColumn {
  return {
    ...{ name: "c", type, metadata, unsigned: false, charset: undefined },
    ...{ labels: undefined, variant: undefined },
    ...{ nullable: false, invisible: false },
    ...more,
  };
}

/** The one value of an image of one column. */
export function textOfValue(column: MysqlColumn, bytes: Buffer): string {
  const image = Buffer.concat([Buffer.from([0]), bytes]);
  return textsOfImage({ columns: [column] }, image)[0] ?? "null";
}
