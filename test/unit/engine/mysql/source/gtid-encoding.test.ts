import { describe, expect, it } from "vitest";
import { GtidSet } from "../../../../../src/core/gtid-set.ts";
import {
  dumpAfter,
  encodeGtids,
} from "../../../../../src/engine/mysql/source/dump-request.ts";
import {
  EventReader,
  HEADER_BYTES,
} from "../../../../../src/engine/mysql/source/events/event-reader.ts";
import { readPreviousGtids } from "../../../../../src/engine/mysql/source/events/previous-gtids.ts";

const A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
const B = "9f9ab3bc-ea33-11f1-a909-02fc00000001";

/** An event with that content. */
function eventOf(content: Buffer): EventReader {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), content]);
  bytes.writeUInt32LE(bytes.length, 9);
  const reader = new EventReader();
  reader.turnTo(bytes, { start: 0, end: bytes.length }, 0);
  return reader;
}

describe("a set of GTIDs", () => {
  it.each([
    "",
    `${A}:1`,
    `${A}:1-5:7:9-11,${B}:3`,
    `${A}:1-2,${A}:some_tag:4-9,${B}:x:1`,
  ])("comes back from its encoding: %s", (text) => {
    const set = GtidSet.parse(text).toString();
    const read = readPreviousGtids(eventOf(encodeGtids(set)));
    expect(GtidSet.parse(read).toString()).toBe(set);
  });

  it("is asked for in the bytes that the protocol has", () => {
    expect(dumpAfter(`${A}:1-5`, 7).toString("hex")).toBe(
      [
        "1e0600070000000000000004000000000000003000000001000000",
        `00000000${A.replaceAll("-", "")}010000000000000001000000000000000600000000000000`,
      ].join(""),
    );
  });

  it("is refused where it is cut short", () => {
    const bytes = encodeGtids(`${A}:1-5`);
    for (let size = 8; size < bytes.length; size++)
      expect(() => readPreviousGtids(eventOf(bytes.subarray(0, size)))).toThrow(
        RangeError,
      );
  });
});
