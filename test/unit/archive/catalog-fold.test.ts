import { describe, expect, it } from "vitest";
import type { Act } from "../../../src/archive/acts.ts";
import { CatalogFold, foldEntry } from "../../../src/archive/catalog-fold.ts";
import type { CatalogState } from "../../../src/archive/catalog-state.ts";
import {
  encodeEntry,
  hashEntry,
  NO_ENTRY_HASH,
  type StoredEntry,
} from "../../../src/archive/entry-codec.ts";
import {
  baseAct,
  intentAct,
  nextSegment,
  ORDERS,
  SAMPLE_SOURCE,
  SOURCE_ACT,
} from "../../support/sample-catalog.ts";

const AT = "2026-11-21T11:00:00.000000Z";

function stored(state: CatalogState | undefined, act: Act): StoredEntry {
  const { n, sha256 } = state?.entry ?? { n: 0, sha256: NO_ENTRY_HASH };
  const entry = {
    format: 1,
    n: n + 1,
    previous: sha256,
    nonce: n.toString(16).padStart(32, "0"),
    at: AT,
    by: "test",
    ...act,
  } as const;
  return { entry, sha256: hashEntry(encodeEntry(entry)) };
}

function fold(state: CatalogState | undefined, ...acts: Act[]): CatalogState {
  let folded = state;
  for (const act of acts)
    folded = foldEntry(ORDERS, folded, stored(folded, act));
  return folded as CatalogState;
}

const writer = ({ head }: CatalogState): Act => ({
  act: "writer",
  source: SAMPLE_SOURCE,
  continues: {
    seq: head.seq,
    position: head.position,
    rollingHash: head.rollingHash,
  },
});

const begun = fold(undefined, SOURCE_ACT);
const written = fold(begun, writer(begun));

const damaged = expect.objectContaining({ code: "CATALOG_DAMAGED" }) as Error;

describe("the state of a catalog", () => {
  it("begins at the start of the source's history, at no time", () => {
    expect(begun).toMatchObject({
      entry: { n: 1 },
      epoch: 0,
      source: SAMPLE_SOURCE,
      start: SOURCE_ACT.start,
      head: {
        ...SOURCE_ACT.start,
        committedAt: "1970-01-01T00:00:00.000000Z",
      },
      reread: SOURCE_ACT.start,
      progress: {
        position: SOURCE_ACT.start.position,
        at: "1970-01-01T00:00:00.000000Z",
      },
    });
  });

  it("has the head, reread and progress of the last segment, and the progress after it", () => {
    const one = fold(written, nextSegment(written, 5));
    const segment = nextSegment(one, 3);
    const two = fold(one, segment);
    expect(two.segments).toHaveLength(2);
    expect(two.segments[1]).toEqual(segment);
    const { xid, ...head } = segment.last;
    expect(xid).toBe("908");
    expect(two.head).toEqual(head);
    expect(two.head.seq).toBe(8);
    expect(two.reread).toEqual(segment.reread);
    expect(two.progress).toEqual(segment.progress);
    const progress = { position: "0/2000000", at: AT };
    const idle = fold(two, {
      act: "progress",
      epoch: 2,
      incarnation: 1,
      afterSeq: 8,
      progress,
    });
    expect(idle.progress).toEqual(progress);
    expect(idle.head).toEqual(two.head);
  });

  it("is another for each entry: the one before stays as it was", () => {
    const before = JSON.stringify(written);
    const segment = nextSegment(written, 5);
    fold(written, segment, intentAct("a", AT), baseAct("a"));
    expect(JSON.stringify(written)).toBe(before);
  });

  it("is the same entry by entry and in one go, and through JSON", () => {
    const fold1 = new CatalogFold(ORDERS, undefined);
    let state: CatalogState | undefined;
    const acts: ((state: CatalogState) => Act)[] = [
      writer,
      (s) => nextSegment(s, 2),
      () => intentAct("a", AT),
      (s) => nextSegment(s, 1),
      () => baseAct("a"),
      writer,
      (s) => nextSegment(s, 4),
    ];
    for (const act of [() => SOURCE_ACT, ...acts]) {
      const entry = stored(state, act(state as CatalogState));
      fold1.add(entry);
      state = foldEntry(
        ORDERS,
        (JSON.parse(JSON.stringify(state ?? null)) as CatalogState) ??
          undefined,
        entry,
      );
    }
    expect(fold1.finish()).toEqual(state);
    expect(state?.epoch).toBe(7);
  });

  it("keeps an intent until its base, and the numbers and times of both", () => {
    const intended = fold(begun, intentAct("a", AT), intentAct("b", AT));
    expect(intended.intents.map(({ n }) => n)).toEqual([2, 3]);
    const based = fold(intended, baseAct("a"));
    expect(based.intents).toMatchObject([{ n: 3, prefix: "orders/bases/b/" }]);
    expect(based.bases).toMatchObject([{ n: 4, at: AT, base: "a" }]);
  });
});

describe("an entry that does not follow is damage", () => {
  const segment = nextSegment(written, 5);
  const link = { seq: 0, position: "0/1000000", rollingHash: "1".repeat(32) };
  const cases: Record<string, [CatalogState | undefined, Act]> = {
    "no source first": [undefined, writer(begun)],
    "a source again": [begun, SOURCE_ACT],
    "another archive's source": [
      undefined,
      { ...SOURCE_ACT, source: { ...SAMPLE_SOURCE, name: "users" } },
    ],
    "a start in the middle": [
      undefined,
      { ...SOURCE_ACT, start: { ...SOURCE_ACT.start, seq: 5 } },
    ],
    "a writer elsewhere": [
      begun,
      { act: "writer", source: SAMPLE_SOURCE, continues: link },
    ],
    "a writer of another database": [
      begun,
      {
        act: "writer",
        source: { ...SAMPLE_SOURCE, systemIdentifier: "7" },
        continues: SOURCE_ACT.start,
      },
    ],
    "a segment without a writer": [begun, { ...segment, epoch: 0 + 2 }],
    "a segment of an older epoch": [fold(written, writer(written)), segment],
    "a segment of a later epoch": [written, { ...segment, epoch: 3 }],
    "a hole": [
      written,
      {
        ...nextSegment(fold(written, segment), 1),
      },
    ],
    "the same transactions again": [fold(written, segment), segment],
    "another hash before it": [written, { ...segment, before: link }],
    "a first that is not next": [
      written,
      { ...segment, first: { ...segment.first, seq: 2 } },
    ],
    "a reread that is not the one before the last": [
      written,
      { ...segment, reread: segment.before },
    ],
    "positions going back": [
      written,
      { ...segment, last: { ...segment.last, position: "0/1" } },
    ],
    "progress behind the last": [
      written,
      {
        ...segment,
        progress: { ...segment.progress, position: "0/1000001" },
      },
    ],
    "an object outside the archive": [
      written,
      { ...segment, object: { ...segment.object, key: "users/segments/x" } },
    ],
    "an intent outside": [
      begun,
      { ...intentAct("a", AT), prefix: "orders/catalog/" },
    ],
    "a base outside": [
      begun,
      { ...baseAct("a"), manifest: baseAct("b").manifest },
    ],
    "a base twice": [fold(begun, baseAct("a")), baseAct("a")],
    "progress after another transaction": [
      written,
      {
        act: "progress",
        epoch: 2,
        incarnation: 1,
        afterSeq: 1,
        progress: { position: "0/2000000", at: AT },
      },
    ],
    "progress going back": [
      written,
      {
        act: "progress",
        epoch: 2,
        incarnation: 1,
        afterSeq: 0,
        progress: { position: "0/1", at: AT },
      },
    ],
  };

  it.each(Object.entries(cases))("%s", (_, [state, act]) => {
    expect(() => fold(state, act)).toThrow(damaged);
  });

  it("another number, another hash before it", () => {
    const next = stored(written, nextSegment(written, 1));
    const skip = { ...next, entry: { ...next.entry, n: 4 } };
    const other = {
      ...next,
      entry: { ...next.entry, previous: "1".repeat(64) },
    };
    for (const entry of [skip, other]) {
      expect(() => foldEntry(ORDERS, written, entry)).toThrow(
        expect.objectContaining({
          code: "CATALOG_DAMAGED",
          message: expect.stringContaining(
            "orders/catalog/00000000000000000003.json",
          ) as string,
        }),
      );
    }
  });
});
