import { expect, test } from "vitest";
import { AvroReader } from "../../../src/format/avro-reader.ts";
import { readShapeId, shapeIdBytes } from "../../../src/format/shape-id.ts";

const ALIKE = ["00112233".padEnd(32, "4"), "00112233".padEnd(32, "5")];

test("ids come back from their bytes, also those that begin alike, in turn", () => {
  const written = [...ALIKE, ...ALIKE, "f".repeat(32)];
  const reader = new AvroReader(Buffer.concat(written.map(shapeIdBytes)));
  expect(written.map(() => readShapeId(reader))).toEqual(written);
  expect(reader.atEnd).toBe(true);
});

test("what is no id is refused", () => {
  expect(() => shapeIdBytes("00112233")).toThrow(RangeError);
  expect(() => readShapeId(new AvroReader(Buffer.alloc(15)))).toThrow(
    RangeError,
  );
});
