import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ABSENT, UNCHANGED } from "../../../../../src/core/change.ts";
import {
  writeTuple,
  type TupleRules,
} from "../../../../../src/engine/postgres/source/write-tuple.ts";
import { MessageReader } from "../../../../../src/engine/postgres/source/messages/reader.ts";
import { AvroReader } from "../../../../../src/format/avro-reader.ts";
import { AvroWriter } from "../../../../../src/format/avro-writer.ts";
import { readRow } from "../../../../../src/format/change-codec.ts";
import { row } from "../../../../support/decode-stream.ts";
import {
  int16,
  int32,
  text,
  tuple,
  type TupleValue,
} from "../../../../support/pgoutput-messages.ts";

const newRow = (columns: number): TupleRules => ({
  columns,
  identifies: undefined,
  mayBeUnchanged: true,
});
const key = (...identifies: readonly boolean[]): TupleRules => ({
  columns: identifies.length,
  identifies,
  mayBeUnchanged: false,
});

/** Writes the tuple into a tiny buffer, so that it has to grow, and reads it back. */
function written(message: Buffer, rules: TupleRules) {
  const out = new AvroWriter(16);
  // Another message lies behind it.
  const around = Buffer.concat([message, Buffer.alloc(64, "n")]);
  const from = new MessageReader(around);
  from.turnTo(around, 0, message.length);
  writeTuple(out, from, rules);
  const reader = new AvroReader(out.cut());
  const read = readRow(reader);
  expect(reader.atEnd).toBe(true);
  return { end: from.offset, read };
}

describe("a tuple becomes a row", () => {
  test("null, empty, unchanged and text are four things", () => {
    const message = tuple([null, "", undefined, "x"]);
    expect(written(message, newRow(4))).toEqual({
      end: message.length,
      read: row(null, "", UNCHANGED, "x"),
    });
  });

  test("a row without columns", () => {
    expect(written(tuple([]), newRow(0)).read).toEqual([]);
  });

  test.each([1, 23, 24, 25, 63, 64, 65, 8191, 8192, 1_048_576, 3_000_000])(
    "a value of %i bytes",
    (size) => {
      const value = Buffer.alloc(size, 0xa5);
      const [first, second] = written(tuple([value, "end"]), newRow(2)).read;
      // Not toEqual: it goes byte by byte through megabytes.
      expect(Buffer.isBuffer(first) && value.equals(first)).toBe(true);
      expect(second).toEqual(Buffer.from("end"));
    },
  );

  test("of a key's other columns it says that they are absent, not null", () => {
    const message = tuple([null, "7", null]);
    expect(written(message, key(false, true, false)).read).toEqual(
      row(ABSENT, "7", ABSENT),
    );
  });

  test("any row of any columns", () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.constant(undefined),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (values) => {
        const before = Buffer.from("ahead");
        const out = new AvroWriter(32);
        out.writeRaw(before);
        out.cut();
        const message = Buffer.concat([before, tuple(values), text("behind")]);
        const from = new MessageReader(message, before.length);
        writeTuple(out, from, newRow(values.length));
        expect(from.left).toBe(6);
        expect(readRow(new AvroReader(out.cut()))).toEqual(
          values.map((one) => (one === undefined ? UNCHANGED : one)),
        );
      }),
    );
  });
});

describe("a tuple is refused", () => {
  const refused = (message: Buffer, rules: TupleRules) =>
    expect(() => written(message, rules)).toThrow(RangeError);

  test("of another width than its relation", () => {
    refused(tuple(["a"]), newRow(2));
    refused(tuple(["a", "b"]), newRow(1));
  });

  test("with an unchanged value in an old row", () => {
    refused(tuple([undefined]), { ...newRow(1), mayBeUnchanged: false });
    refused(tuple([undefined]), key(true));
  });

  test("as a key with a null in it, or with another column", () => {
    refused(tuple([null, null]), key(true, false));
    refused(tuple(["1", "x"]), key(true, false));
    refused(tuple(["1", undefined as TupleValue]), key(true, false));
  });

  test("with a binary value, which was not asked for", () => {
    refused(
      Buffer.concat([int16(1), text("b"), int32(1), text("x")]),
      newRow(1),
    );
  });

  test("cut anywhere", () => {
    const message = tuple(["a".repeat(40), null, "b"]);
    for (let size = 0; size < message.length; size++)
      refused(message.subarray(0, size), newRow(3));
  });

  test("with a length that lies", () => {
    refused(Buffer.concat([int16(1), text("t"), int32(-1)]), newRow(1));
    refused(
      Buffer.concat([int16(1), text("t"), int32(5), text("four")]),
      newRow(1),
    );
  });
});
