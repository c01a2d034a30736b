import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  FrameEncoder,
  forEachItem,
  isFrame,
} from "../../../../src/journal/directory/frame.ts";

const identity = { number: 7, seed: crc32(Buffer.from("salt")) };

function splitItems(body: Buffer): Buffer[] {
  const items: Buffer[] = [];
  forEachItem(body, (from, to) => items.push(body.subarray(from, to)));
  return items;
}

function frameOf(items: readonly Uint8Array[], id = identity): Buffer {
  return Buffer.concat(new FrameEncoder().encode(items, id));
}

describe("a frame", () => {
  it("gives back its items, small ones and those that are not copied", () => {
    const encoder = new FrameEncoder();
    const sizes = [0, 1, 300, 1_048_575, 1_048_576, 3_000_000, 5, 9_000_000, 2];
    for (let count = 0; count <= sizes.length; count++) {
      const items = sizes.slice(0, count).map((size) => randomBytes(size));
      const frame = Buffer.concat(encoder.encode(items, identity));
      expect(isFrame(frame, 0, identity)).toBe(true);
      expect(frame.readUInt32LE(0)).toBe(frame.length - 16);
      const read = splitItems(frame.subarray(16));
      expect(read.length).toBe(items.length);
      for (const [index, item] of items.entries())
        expect(read[index]?.equals(item)).toBe(true);
    }
  });

  it("has the checksum of the documented bytes", () => {
    const frame = frameOf([Buffer.from("abc")]);
    const covered = [
      Buffer.from("salt"),
      frame.subarray(0, 4),
      frame.subarray(8),
    ];
    expect(frame.readUInt32LE(4)).toBe(crc32(Buffer.concat(covered)));
    expect(frame.toString("latin1", 16)).toBe("\x03\0\0\0abc");
  });

  it("is not valid with any bit changed outside its length", () => {
    const frame = frameOf([Buffer.from("some bytes"), Buffer.from("more")]);
    for (let bit = 4 * 8; bit < frame.length * 8; bit++) {
      const changed = Buffer.from(frame);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isFrame(changed, 0, identity), `bit ${bit}`).toBe(false);
    }
  });

  it("is not valid under another number or in a file of another salt", () => {
    const frame = frameOf([Buffer.from("some bytes")]);
    expect(isFrame(frame, 0, { ...identity, number: 8 })).toBe(false);
    expect(isFrame(frame, 0, { ...identity, seed: crc32("other") })).toBe(
      false,
    );
  });

  it.each([
    ["ends inside an item", [5, 0, 0, 0, 1]],
    ["ends inside a length", [1, 0, 0, 0, 1, 2, 0]],
  ])("is refused when its body %s", (_, body) => {
    expect(() => splitItems(Buffer.from(body))).toThrow(RangeError);
  });
});
