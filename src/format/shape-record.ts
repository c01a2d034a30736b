import { hash } from "node:crypto";
import type {
  Encoding,
  Identity,
  Shape,
  ShapeColumn,
  ShapeFields,
  ShapeId,
} from "../core/shape.ts";
import type { AvroReader } from "./avro-reader.ts";
import { AvroWriter } from "./avro-writer.ts";
import { HASH_BYTES } from "./rolling-hash.ts";

/** Branch 2 of the union in schemas/journal-record.v1.avsc. */
export const SHAPE_BRANCH = 2;

const IDENTITIES: readonly Identity[] = ["KEY", "WHOLE_ROW", "NONE"];
const ENCODINGS: readonly Encoding[] = ["TEXT", "RAW"];

/** Names a shape by the hash of its fields' Avro bytes. */
export function shapeOf(fields: ShapeFields): Shape {
  return { id: shapeId(fields), ...fields };
}

function shapeId(fields: ShapeFields): ShapeId {
  const out = new AvroWriter(512);
  writeFields(out, fields);
  return hash("sha256", out.view(), "hex").slice(0, 2 * HASH_BYTES);
}

export function encodeShape(shape: Shape): Uint8Array {
  const out = new AvroWriter(512);
  out.writeLong(SHAPE_BRANCH);
  out.writeHex(shape.id);
  writeFields(out, shape);
  return out.cut();
}

function writeFields(out: AvroWriter, fields: ShapeFields): void {
  out.writeLong(fields.table);
  out.writeString(fields.engine);
  out.writeString(fields.namespace);
  out.writeString(fields.name);
  out.writeLong(IDENTITIES.indexOf(fields.identity));
  if (fields.columns.length > 0) out.writeLong(fields.columns.length);
  for (const column of fields.columns) {
    out.writeString(column.name);
    out.writeString(column.type);
    out.writeLong(column.typeId);
    out.writeLong(column.typeModifier);
    out.writeBoolean(column.identifies);
    out.writeLong(ENCODINGS.indexOf(column.encoding));
  }
  out.writeLong(0);
}

/** `reader` stands after the union's branch. Throws RangeError when the id is not the hash of the rest. */
export function readShape(reader: AvroReader): Shape {
  const id = reader.readHex(HASH_BYTES);
  const shape = shapeOf({
    table: reader.readLong(),
    engine: readEngine(reader),
    namespace: reader.readString(),
    name: reader.readString(),
    identity: pick(IDENTITIES, reader.readLong()),
    columns: readColumns(reader),
  });
  if (shape.id !== id)
    throw new RangeError(`shape ${id} is not what its name says`);
  return shape;
}

function readEngine(reader: AvroReader): Shape["engine"] {
  const engine = reader.readString();
  if (engine === "postgres" || engine === "mysql" || engine === "mariadb")
    return engine;
  throw new RangeError(`a shape of an unknown engine: ${engine}`);
}

function readColumns(reader: AvroReader): ShapeColumn[] {
  const columns: ShapeColumn[] = [];
  for (let n = reader.readBlockCount(); n > 0; n = reader.readBlockCount()) {
    for (; n > 0; n--) {
      columns.push({
        name: reader.readString(),
        type: reader.readString(),
        typeId: reader.readLong(),
        typeModifier: reader.readLong(),
        identifies: reader.readBoolean(),
        encoding: pick(ENCODINGS, reader.readLong()),
      });
    }
  }
  return columns;
}

function pick<T>(symbols: readonly T[], index: number): T {
  const symbol = symbols[index];
  if (symbol === undefined) throw new RangeError(`no enum symbol ${index}`);
  return symbol;
}
