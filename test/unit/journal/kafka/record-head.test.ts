import { expect, it } from "vitest";
import {
  decodeHead,
  encodeHead,
  type RecordHead,
} from "../../../../src/journal/kafka/record-head.ts";

const value = Buffer.from("the value");
const head: RecordHead = {
  ...{ kind: "records", at: 57, epoch: 12, start: 13 },
  ...{ piece: 0, pieces: 1 },
};

it("is read back", () => {
  const bytes = Buffer.from(encodeHead(head, value));
  expect(decodeHead(bytes, value)).toMatchObject(head);
});

it("with any bit changed, in it or in the value, is refused", () => {
  const bytes = Buffer.from(encodeHead(head, value));
  for (const original of [bytes, value]) {
    for (let bit = 0; bit < 8 * original.length; bit++) {
      const changed = Buffer.from(original);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decode = () =>
        original === bytes
          ? decodeHead(changed, value)
          : decodeHead(bytes, changed);
      expect(decode, `bit ${bit}`).toThrow();
    }
  }
});

it("of a newer format says so", () => {
  const text = encodeHead(head, value).replace('"format":1', '"format":2');
  expect(() => decodeHead(Buffer.from(text), value)).toThrow(
    expect.objectContaining({ code: "FORMAT_TOO_NEW" }),
  );
});

it.each([
  { ...head, kind: "other" },
  { ...head, at: -1 },
  { ...head, pieces: undefined },
  { ...head, start: 1.5 },
])("that says what none of ours says is refused: %o", (wrong) => {
  const bytes = Buffer.from(encodeHead(wrong as RecordHead, value));
  expect(() => decodeHead(bytes, value)).toThrow(RangeError);
});
