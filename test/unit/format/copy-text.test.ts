import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Row } from "../../../src/core/change.ts";
import { ABSENT, UNCHANGED } from "../../../src/core/change.ts";
import { AvroWriter } from "../../../src/format/avro-writer.ts";
import { writeValue } from "../../../src/format/change-codec.ts";
import { CopyKeyReader } from "../../../src/format/copy-key.ts";
import { CopyLines } from "../../../src/format/copy-lines.ts";
import {
  CopyLineReader,
  writeCopyLine,
} from "../../../src/format/copy-text.ts";
import { sampleShape } from "../../support/sample-records.ts";

const special = fc.constantFrom(8, 9, 10, 11, 12, 13, 92, 78, 0, 110, 255);
const value = fc.option(
  fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.array(special, { maxLength: 12 }).map((codes) => Uint8Array.from(codes)),
    fc.integer({ min: 60, max: 70 }).map((size) => Buffer.alloc(size, 92)),
    fc.constant(Buffer.alloc(9000, "a\tb")),
  ),
);
const row = fc.array(value, { minLength: 1, maxLength: 6 });

function avro(values: Row): Buffer {
  const out = new AvroWriter(16);
  for (const each of values) writeValue(out, each);
  return out.cut();
}

/** Written the slow and obvious way. */
function copyLine(values: Row): string {
  const letters: Record<string, string> = {
    "\b": "b",
    "\f": "f",
    "\n": "n",
    "\r": "r",
    "\t": "t",
    "\v": "v",
    "\\": "\\",
  };
  return values
    .map((each) =>
      each instanceof Uint8Array
        ? Buffer.from(each)
            .toString("latin1")
            .replace(/[\b\f\n\r\t\v\\]/g, (found) => `\\${letters[found]}`)
        : "\\N",
    )
    .join("\t");
}

function lineOf(text: string) {
  const bytes = Buffer.from(`xx${text}\nyy`, "latin1");
  return { bytes, from: 2, to: bytes.length - 3 };
}

describe("COPY text", () => {
  it("writes rows as COPY does and reads them back", () => {
    fc.assert(
      fc.property(row, (values) => {
        const image = avro(values);
        const out = new AvroWriter(8);
        writeCopyLine(out, { bytes: image, from: 0, to: image.length });
        const text = copyLine(values);
        expect(out.view().toString("latin1")).toBe(`${text}\n`);

        const reader = new CopyLineReader();
        reader.reset(lineOf(text));
        const back = new AvroWriter(8);
        for (let n = 0; n < values.length; n++) reader.readValue(back);
        reader.endLine();
        expect(back.view().equals(image)).toBe(true);
        expect(() => reader.readValue(back)).toThrow(RangeError);
      }),
    );
  });

  it("finds in a line the key bytes that the encoded row has", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(value, fc.boolean()), { minLength: 1, maxLength: 6 }),
        (columns) => {
          const { columns: of } = sampleShape({
            table: 1,
            name: "t",
            identity: "KEY",
            columns: columns.map(([, key], n) => `c${n}${key ? "*" : ""}`),
          });
          const text = copyLine(columns.map(([each]) => each));
          const key = columns.filter(([, is]) => is).map(([each]) => each);
          const out = new AvroWriter(8);
          new CopyKeyReader(of).readKey(out, lineOf(text));
          expect(out.view().equals(avro(key))).toBe(true);
        },
      ),
    );
  });

  it("cuts chunks into lines wherever they end", () => {
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 10 }),
        fc.integer({ min: 1, max: 50 }),
        (rows, size) => {
          const lines = rows.map(copyLine);
          const text = Buffer.from(
            lines.map((line) => `${line}\n`).join(""),
            "latin1",
          );
          const found: string[] = [];
          const splitter = new CopyLines(({ bytes, from, to }) => {
            expect(bytes[to]).toBe(10);
            found.push(
              Buffer.from(bytes.subarray(from, to)).toString("latin1"),
            );
          });
          for (let at = 0; at < text.length; at += size)
            splitter.push(text.subarray(at, at + size));
          splitter.finish();
          expect(found).toEqual(lines);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each(["\\x41", "\\101", "a\\", "\\Nx"])(
    "refuses the field %s",
    (field) => {
      const reader = new CopyLineReader();
      reader.reset(lineOf(`${field}\tb`));
      expect(() => reader.readValue(new AvroWriter(8))).toThrow(RangeError);
    },
  );

  it("refuses to write a row that is not whole, and a text that ends inside a line", () => {
    for (const missing of [UNCHANGED, ABSENT] as const) {
      const bytes = avro([missing]);
      const span = { bytes, from: 0, to: bytes.length };
      expect(() => writeCopyLine(new AvroWriter(8), span)).toThrow(RangeError);
    }
    const splitter = new CopyLines(() => undefined);
    splitter.push(Buffer.from("a\nb"));
    expect(() => splitter.finish()).toThrow(RangeError);
  });
});
