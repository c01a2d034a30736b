import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MessageSplitter } from "../../../../../src/engine/postgres/source/message-splitter.ts";
import { int32, text } from "../../../../support/pgoutput-messages.ts";

function message(kind: string, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([text(kind), int32(4 + bytes.length), bytes]);
}

function split(chunks: readonly Buffer[]): string[] {
  const seen: string[] = [];
  const splitter = new MessageSplitter({
    onCopyData: (reader) =>
      seen.push(`copy ${reader.bytes(reader.left).toString("latin1")}`),
    onOther: (other) => seen.push(`other ${other.toString("latin1")}`),
  });
  for (const chunk of chunks) splitter.push(chunk);
  return seen;
}

describe("what a socket reads is cut into messages", () => {
  test("CopyData by its content, others whole, wherever the reads end", () => {
    const messages = fc.array(
      fc.record({
        kind: fc.constantFrom("d", "d", "d", "W", "N", "E"),
        content: fc.uint8Array({ maxLength: 40 }),
      }),
      { maxLength: 12 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 });
    fc.assert(
      fc.property(messages, sizes, (sent, reads) => {
        const whole = sent.map(({ kind, content }) =>
          message(kind, Buffer.from(content)),
        );
        const bytes = Buffer.concat(whole);
        const chunks: Buffer[] = [];
        for (let at = 0, n = 0; at < bytes.length; n++) {
          const size = reads[n % reads.length] as number;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(split(chunks)).toEqual(
          whole.map((one) =>
            one[0] === 0x64
              ? `copy ${one.subarray(5).toString("latin1")}`
              : `other ${one.toString("latin1")}`,
          ),
        );
      }),
    );
  });

  test("a message of many reads", () => {
    const content = Buffer.alloc(3_000_000, "abcdefg");
    const bytes = Buffer.concat([
      message("d", "1"),
      message("d", content),
      message("d", "2"),
    ]);
    const chunks: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += 65_536)
      chunks.push(bytes.subarray(at, at + 65_536));
    const [first, large, last] = split(chunks);
    expect([first, last]).toEqual(["copy 1", "copy 2"]);
    expect(large === `copy ${content.toString("latin1")}`).toBe(true);
  });

  test("what a handler throws is thrown, in a message of one read and of two", () => {
    const bytes = message("d", "x");
    for (const at of [0, 1, 5]) {
      const splitter = new MessageSplitter({
        onCopyData: () => {
          throw new RangeError("not understood");
        },
        onOther: () => undefined,
      });
      expect(() => {
        splitter.push(bytes.subarray(0, at));
        splitter.push(bytes.subarray(at));
      }).toThrow("not understood");
    }
  });
});

describe("what the protocol does not have is refused", () => {
  test.each([
    ["a length that does not hold itself", "d", 3],
    ["a change of more than a server can allocate", "d", 2 ** 30 + 1],
    ["an answer that is none", "N", 2 ** 20 + 1],
  ])("%s", (_, kind, length) => {
    const header = Buffer.concat([text(kind), int32(length)]);
    expect(() => split([header])).toThrow(RangeError);
    expect(() => split([header.subarray(0, 2), header.subarray(2)])).toThrow(
      RangeError,
    );
  });
});
