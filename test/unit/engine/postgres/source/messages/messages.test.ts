import { describe, expect, test } from "vitest";
import { readBegin } from "../../../../../../src/engine/postgres/source/messages/begin.ts";
import { readCommit } from "../../../../../../src/engine/postgres/source/messages/commit.ts";
import { readKeepalive } from "../../../../../../src/engine/postgres/source/messages/keepalive.ts";
import { readLogicalMessage } from "../../../../../../src/engine/postgres/source/messages/logical-message.ts";
import { MessageReader } from "../../../../../../src/engine/postgres/source/messages/reader.ts";
import { readRelation } from "../../../../../../src/engine/postgres/source/messages/relation.ts";
import { encodeStandbyStatus } from "../../../../../../src/engine/postgres/source/messages/standby-status.ts";
import { readTruncate } from "../../../../../../src/engine/postgres/source/messages/truncate.ts";
import { readType } from "../../../../../../src/engine/postgres/source/messages/type.ts";
import {
  beginMessage,
  commitMessage,
  keepaliveMessage,
  logicalMessage,
  relationMessage,
  truncateMessage,
  typeMessage,
} from "../../../../../support/pgoutput-messages.ts";

/** Behind the byte that says its kind, and with another message behind its end. */
function opened(message: Buffer): MessageReader {
  const reader = new MessageReader(Buffer.alloc(0));
  const buffer = Buffer.concat([message, Buffer.alloc(64, "x\0")]);
  reader.turnTo(buffer, 1, message.length);
  return reader;
}

/** 2000-01-01T00:00:00Z, from where Postgres counts. */
const EPOCH = 946_684_800_000_000n;

describe("what a message says", () => {
  test("begin: the xid is unsigned", () => {
    expect(readBegin(opened(beginMessage(4_294_967_295, 1n)))).toEqual({
      xid: "4294967295",
    });
  });

  test("commit: where it ends, not where its record begins", () => {
    const endLsn = 0xffff_ffff_0000_0010n;
    const message = Buffer.from(commitMessage(16n, 7n));
    message.writeBigUInt64BE(endLsn, 10);
    expect(readCommit(opened(message))).toEqual({
      endLsn,
      committedAt: EPOCH + 7n,
    });
  });

  test("relation: an empty namespace is pg_catalog", () => {
    const message = relationMessage({
      oid: 4_000_000_000,
      namespace: "",
      name: "größe",
      replicaIdentity: "i",
      columns: ["id*", "note:1700"],
    });
    expect(readRelation(opened(message))).toEqual({
      oid: 4_000_000_000,
      namespace: "pg_catalog",
      name: "größe",
      replicaIdentity: "i",
      columns: [
        { identifies: true, name: "id", typeOid: 25, typeModifier: -1 },
        { identifies: false, name: "note", typeOid: 1700, typeModifier: -1 },
      ],
    });
  });

  test("relation: there are tables without columns", () => {
    const message = relationMessage({ oid: 1, name: "none", columns: [] });
    expect(readRelation(opened(message)).columns).toEqual([]);
  });

  test("type", () => {
    expect(readType(opened(typeMessage(20_000, "app", "mood")))).toEqual({
      oid: 20_000,
      namespace: "app",
      name: "mood",
    });
    expect(readType(opened(typeMessage(25, "", "text"))).namespace).toBe(
      "pg_catalog",
    );
  });

  test.each([
    [0, false, false],
    [1, true, false],
    [2, false, true],
    [3, true, true],
  ])("truncate with options %i", (options, cascade, restartIdentity) => {
    expect(readTruncate(opened(truncateMessage([7, 8], options)))).toEqual({
      cascade,
      restartIdentity,
      oids: [7, 8],
    });
  });

  test("a logical message's content is bytes, with or without a transaction", () => {
    const content = Buffer.from([0, 255, 10]);
    expect(readLogicalMessage(opened(logicalMessage("p", content)))).toEqual({
      transactional: true,
      prefix: "p",
      content,
    });
    expect(readLogicalMessage(opened(logicalMessage("p", "", 0)))).toEqual({
      transactional: false,
      prefix: "p",
      content: Buffer.alloc(0),
    });
  });

  test("keepalive", () => {
    expect(
      readKeepalive(opened(keepaliveMessage(0x1_0000_0000n, 5n, true))),
    ).toEqual({
      sentLsn: 0x1_0000_0000n,
      at: EPOCH + 5n,
      answer: true,
    });
    expect(readKeepalive(opened(keepaliveMessage(1n, 5n, false))).answer).toBe(
      false,
    );
  });
});

describe("what is said to the server", () => {
  test("a status tells what was received from what may be forgotten", () => {
    const message = encodeStandbyStatus({
      written: 0x1_0000_0010n,
      flushed: 0n,
      at: EPOCH + 7n,
      ask: true,
    });
    expect(message.toString("hex")).toBe(
      ["72", "0000000100000010", "0000000000000000", "0000000000000000"]
        .concat("0000000000000007", "01")
        .join(""),
    );
    const quiet = { written: 1n, flushed: 2n, at: EPOCH, ask: false };
    expect(encodeStandbyStatus(quiet).readBigUInt64BE(9)).toBe(2n);
    expect(encodeStandbyStatus(quiet).readUInt8(33)).toBe(0);
  });
});

describe("what the protocol does not have is refused", () => {
  test("flags of a commit", () => {
    const message = commitMessage(16n);
    message[1] = 1;
    expect(() => readCommit(opened(message))).toThrow(RangeError);
  });

  test("an unknown replica identity", () => {
    const message = relationMessage({
      oid: 1,
      name: "t",
      replicaIdentity: "x",
      columns: [],
    });
    expect(() => readRelation(opened(message))).toThrow(RangeError);
  });

  test("a string without its end, a value beyond the message", () => {
    expect(() => new MessageReader(Buffer.from("abc")).string()).toThrow(
      RangeError,
    );
    expect(() => new MessageReader(Buffer.from("abc")).bytes(4)).toThrow(
      RangeError,
    );
    const reader = new MessageReader(Buffer.alloc(0));
    reader.turnTo(Buffer.from("abc\0"), 0, 3);
    expect(() => reader.string()).toThrow(RangeError);
    expect(() => reader.bytes(4)).toThrow(RangeError);
  });

  test.each([
    ["begin", beginMessage(1), readBegin],
    ["commit", commitMessage(16n), readCommit],
    [
      "relation",
      relationMessage({ oid: 1, name: "t", columns: ["id*"] }),
      readRelation,
    ],
    ["type", typeMessage(1, "s", "t"), readType],
    ["truncate", truncateMessage([1, 2]), readTruncate],
    ["logical message", logicalMessage("p", "x"), readLogicalMessage],
    ["keepalive", keepaliveMessage(1n, 1n, true), readKeepalive],
  ] as const)("a %s that is cut anywhere", (_, message, read) => {
    for (let size = 1; size < message.length; size++) {
      expect(() => read(opened(message.subarray(0, size))), `${size}`).toThrow(
        RangeError,
      );
    }
  });
});
