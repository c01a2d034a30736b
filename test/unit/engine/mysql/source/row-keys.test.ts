import { describe, expect, it } from "vitest";
import { ABSENT, type Row } from "../../../../../src/core/change.ts";
import { RowKeys } from "../../../../../src/engine/mysql/source/row-keys.ts";
import { AvroReader } from "../../../../../src/format/avro-reader.ts";
import { AvroWriter } from "../../../../../src/format/avro-writer.ts";
import { readRow, writeRow } from "../../../../../src/format/change-codec.ts";

function bytesOf(row: Row): Buffer {
  const out = new AvroWriter();
  writeRow(out, row);
  return out.cut();
}

const text = (value: string) => Buffer.from(value);
const keys = new RowKeys([false, true, false, true]);
const LONG = "k".repeat(300);

describe("the key of a row", () => {
  it.each([
    ["the same", [null, text("1"), null, text(LONG)], true],
    [
      "the same beside other values",
      [text(LONG), text("1"), text("x"), text(LONG)],
      true,
    ],
    ["another in its first column", [null, text("2"), null, text(LONG)], false],
    [
      "another in its last column",
      [null, text("1"), null, text(`${LONG}k`)],
      false,
    ],
    ["null", [null, null, null, text(LONG)], false],
  ] as const)("is %s", (_, row, same) => {
    const old = bytesOf([text("a"), text("1"), null, text(LONG)]);
    const before = text("before");
    const other = Buffer.concat([before, bytesOf(row)]);
    expect(keys.areSame(old, other, before.length)).toBe(same);
  });

  it("is written without the other columns", () => {
    const out = new AvroWriter(16);
    keys.write(out, bytesOf([null, text("1"), text("x"), text(LONG)]));
    const row = readRow(new AvroReader(out.cut()));
    expect(
      row.map((value) => (value instanceof Uint8Array ? String(value) : value)),
    ).toEqual([ABSENT, String(text("1")), ABSENT, String(text(LONG))]);
  });
});
