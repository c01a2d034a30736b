import { describe, expect, test } from "vitest";
import type { Change } from "../../../src/core/change.ts";
import type {
  EncodedPart,
  JournalRecord,
} from "../../../src/core/journal-record.ts";
import { lsnPosition } from "../../../src/core/position.ts";
import type { SourceItem } from "../../../src/engine/change-source.ts";
import { ZERO_HASH } from "../../../src/format/rolling-hash.ts";
import {
  Sequencer,
  type KnownTransaction,
  type SequencerStart,
} from "../../../src/services/sequencer.ts";
import {
  encodeItems,
  samplePosition,
  sampleRow,
  sampleShape,
  touchedTables,
} from "../../support/sample-records.ts";

const shape = sampleShape({
  table: 16_390,
  name: "orders",
  identity: "KEY",
  columns: ["id*", "note"],
});

const row = (id: string): Change => ({
  kind: "insert",
  ref: 0,
  after: sampleRow(id, "x"),
});

/** Transaction `n` of the source's log, in as many parts as there are lists. */
function transaction(
  n: number,
  options: {
    readonly parts?: readonly (readonly Change[])[];
    readonly at?: bigint;
    readonly xid?: string;
  } = {},
): SourceItem[] {
  const parts = options.parts ?? [[row(`${n}`)]];
  return parts.map((changes, part) => ({
    kind: "part",
    xid: options.xid ?? `${n}`,
    part,
    tables: touchedTables([shape], changes),
    items: encodeItems(changes),
    commit:
      part < parts.length - 1
        ? undefined
        : {
            position: lsnPosition(samplePosition(n)),
            rawCommittedAt: options.at ?? BigInt(n),
          },
  }));
}

const progress = (after: number, at: bigint): SourceItem => ({
  kind: "progress",
  position: lsnPosition(samplePosition(after) + 8n),
  at,
});

function open(start: Partial<SequencerStart> = {}) {
  const sequencer = new Sequencer({
    seq: 0,
    rollingHash: ZERO_HASH,
    known: [],
    writtenThrough: 0,
    committedAt: 0n,
    incarnation: 1,
    ...start,
  });
  return (...items: readonly SourceItem[]): JournalRecord[] =>
    items
      .map((item) => sequencer.take(item))
      .filter((record) => record !== undefined);
}

function partsOf(records: readonly JournalRecord[]): EncodedPart[] {
  return records.filter((record) => record.kind === "part");
}

function known(seq: number, rollingHash: string): KnownTransaction {
  const position = lsnPosition(samplePosition(seq));
  return { holder: "archive", seq, position, rollingHash };
}

const hashesOf = (records: readonly JournalRecord[]) =>
  partsOf(records).map(({ header }) => header.commit?.rollingHash ?? "");

describe("numbers", () => {
  test("are given at commits, without a gap", () => {
    const take = open({ seq: 811 });
    const records = take(
      ...transaction(1, { parts: [[row("1")], [row("2")], []] }),
      progress(1, 1n),
      ...transaction(2),
    );
    expect(
      partsOf(records).map(({ header }) => [
        header.seq,
        header.part,
        header.commit !== undefined,
      ]),
    ).toEqual([
      [812, 0, false],
      [812, 1, false],
      [812, 2, true],
      [813, 0, true],
    ]);
    expect(records.find(({ kind }) => kind === "progress")).toMatchObject({
      afterSeq: 812,
    });
  });

  test("of one attempt belong together, and another's are told apart", () => {
    const take = open();
    const parts = partsOf(
      take(
        ...transaction(1, { parts: [[row("1")], [row("2")]] }),
        ...transaction(2),
      ),
    );
    const attempts = parts.map(({ header }) => header.attempt);
    expect(attempts[0]).toBe(attempts[1]);
    expect(attempts[2]).not.toBe(attempts[0]);
  });

  test("are not taken by a transaction that came to nothing", () => {
    const [first, second] = transaction(1, {
      parts: [[row("1")], [row("2")], []],
    });
    if (first === undefined || second === undefined) throw new Error("none");
    const later = [
      ...transaction(2, { parts: [[row("3")], [row("4")]] }),
      progress(2, 2n),
    ];
    const records = open()(first, second, { kind: "abandoned" }, ...later);
    const parts = partsOf(records).slice(2);
    expect(parts.map(({ header: { seq, part } }) => [seq, part])).toEqual([
      [1, 0],
      [1, 1],
    ]);
    expect(hashesOf(parts)).toEqual(hashesOf(open()(...later)));
  });

  test("need every part", () => {
    const take = open();
    const [first, , third] = transaction(1, {
      parts: [[row("1")], [row("2")], [row("3")]],
    });
    if (first === undefined || third === undefined) throw new Error("none");
    take(first);
    expect(() => take(third)).toThrow(
      expect.objectContaining({ code: "INTERNAL" }),
    );
  });
});

describe("the rolling hash", () => {
  test("does not depend on how a transaction was cut", () => {
    const whole = open()(
      ...transaction(1, { parts: [[row("1"), row("2"), row("3")]] }),
    );
    const cut = open()(
      ...transaction(1, { parts: [[row("1")], [row("2"), row("3")], []] }),
    );
    expect(hashesOf(cut).at(-1)).toBe(hashesOf(whole).at(-1));
  });

  test.each([
    ["a row", transaction(1, { parts: [[row("2")]] })],
    ["the xid", transaction(1, { xid: "9" })],
    ["the time", transaction(1, { at: 9n })],
    ["the place", transaction(2, { xid: "1", at: 1n, parts: [[row("1")]] })],
  ])("is another with another %s", (_, other) => {
    expect(hashesOf(open()(...other))).not.toEqual(
      hashesOf(open()(...transaction(1))),
    );
  });
});

describe("times", () => {
  test("never go back, and the raw ones are kept", () => {
    const take = open({ committedAt: 50n });
    const records = take(
      ...transaction(1, { at: 40n }),
      ...transaction(2, { at: 70n }),
      progress(2, 60n),
      progress(2, 90n),
      ...transaction(3, { at: 80n }),
    );
    expect(
      records.map((record) => {
        if (record.kind === "progress") return record.at;
        if (record.kind !== "part") return undefined;
        const { commit } = record.header;
        return [commit?.committedAt, commit?.rawCommittedAt];
      }),
    ).toEqual([[50n, 40n], [70n, 70n], 70n, 90n, [90n, 80n]]);
  });
});

describe("what comes again", () => {
  const before = open()(
    ...transaction(1),
    ...transaction(2),
    ...transaction(3),
  );
  const [first = "", second = "", third = ""] = hashesOf(before);
  const start: Partial<SequencerStart> = {
    seq: 1,
    rollingHash: first,
    known: [known(2, second), { ...known(3, third), holder: "journal" }],
    writtenThrough: 3,
  };

  test("is checked and not written, and what follows is", () => {
    const take = open(start);
    const records = take(
      ...transaction(2),
      progress(2, 5n),
      ...transaction(3),
      progress(3, 6n),
      ...transaction(4),
    );
    expect(records.map(({ kind }) => kind)).toEqual(["progress", "part"]);
    expect(partsOf(records)[0]?.header.seq).toBe(4);
    const whole = open()(...[1, 2, 3, 4].flatMap((n) => transaction(n)));
    expect(hashesOf(records)).toEqual(hashesOf(whole).slice(3));
  });

  test.each([
    ["another row", [...transaction(2, { parts: [[row("other")]] })]],
    ["another place", [...transaction(4, { xid: "2", at: 2n })]],
    ["a transaction less", [...transaction(3)]],
  ])("with %s is another history", (_, items) => {
    expect(() => open(start)(...items)).toThrow(
      expect.objectContaining({ code: "SOURCE_DIVERGED" }),
    );
  });

  test("and never came, though its place was passed, is another history", () => {
    const take = open(start);
    expect(take(progress(1, 5n))).toEqual([]);
    expect(() => take(progress(2, 6n))).toThrow(
      expect.objectContaining({
        code: "SOURCE_DIVERGED",
        message: expect.stringContaining(
          "transaction 2 of the archive",
        ) as string,
      }),
    );
  });
});

test("shapes are passed on, also while transactions come again", () => {
  const take = open({ writtenThrough: 5, known: [known(5, ZERO_HASH)] });
  expect(take({ kind: "shape", shape })).toEqual([{ kind: "shape", shape }]);
});
