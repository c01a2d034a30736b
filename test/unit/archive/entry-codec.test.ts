import { describe, expect, it } from "vitest";
import type { CatalogEntry } from "../../../src/archive/acts.ts";
import {
  decodeEntry,
  encodeEntry,
  NO_ENTRY_HASH,
} from "../../../src/archive/entry-codec.ts";
import { nextSegment, SOURCE_ACT } from "../../support/sample-catalog.ts";

const FIELDS = {
  format: 1,
  n: 1,
  previous: NO_ENTRY_HASH,
  nonce: "0123456789abcdef0123456789abcdef",
  at: "2026-11-21T10:00:00.000000Z",
  by: "tidemark/0.1.0 host-a",
} as const;
const SEGMENT = nextSegment({
  epoch: 2,
  head: {
    ...SOURCE_ACT.start,
    committedAt: FIELDS.at,
    rawCommittedAt: FIELDS.at,
  },
});
const ENTRIES: readonly CatalogEntry[] = [
  { ...FIELDS, ...SOURCE_ACT },
  {
    ...FIELDS,
    act: "writer",
    source: SOURCE_ACT.source,
    continues: SOURCE_ACT.start,
  },
  {
    ...FIELDS,
    act: "intent",
    work: "base",
    prefix: "orders/bases/b/",
    expiresAt: FIELDS.at,
  },
  {
    ...FIELDS,
    ...SEGMENT,
    tables: [
      {
        table: 16390,
        shape: "0".repeat(32),
        namespace: "public",
        name: 'or"ders é',
        firstSeq: 1,
        lastSeq: 1,
        inserts: 900,
        updates: 20,
        deletes: 3,
        truncates: [1],
      },
    ],
    events: [
      { seq: 1, kind: "marker", name: "before-release" },
      { seq: 1, kind: "ddl", name: "ALTER TABLE", tables: [16390] },
      { seq: 1, kind: "ddl", name: "DROP SCHEMA", tables: null },
    ],
  },
  {
    ...FIELDS,
    act: "progress",
    epoch: 2,
    incarnation: 1,
    afterSeq: 0,
    progress: { position: "0/16B4000", at: FIELDS.at },
  },
  {
    ...FIELDS,
    act: "gap",
    scope: { kind: "source" },
    code: "HISTORY_LOST",
    incarnation: 1,
    afterSeq: 3,
    afterPosition: "1/0",
    afterAt: FIELDS.at,
    throughPosition: "1/8",
    detail: { slot: "x", lost: 3, why: null },
  },
  {
    ...FIELDS,
    act: "restore",
    id: "fedcba9876543210fedcba9876543210",
    requested: "latest",
    seq: 3,
    target: "postgres://h/db",
    planHash: "ab",
    outcome: "verified",
    rows: 5,
  },
  {
    ...FIELDS,
    act: "verify",
    kind: "against",
    throughEntry: 5,
    seq: 3,
    ok: true,
  },
];

const text = (entry: object) => Buffer.from(JSON.stringify(entry), "utf8");

describe("a catalog entry", () => {
  it("is read as it was written, whatever its act", () => {
    for (const entry of ENTRIES) {
      expect(decodeEntry("k", encodeEntry(entry))).toEqual(entry);
    }
  });

  it("of an unknown act, format, field or choice is too new", () => {
    const [source] = ENTRIES;
    for (const entry of [
      { ...source, format: 2 },
      { ...source, format: 2, act: "other", more: true },
      { ...FIELDS, act: "merge", whatever: 1 },
      { ...source, more: true },
      { ...SEGMENT, ...FIELDS, act: "segment", keys: "x" },
      { ...ENTRIES[2], work: "synthetic" },
      { ...ENTRIES[5], code: "NEVER_HEARD_OF" },
      // What it has instead of a field of today is seen, too.
      { ...source, at: undefined, atNanos: 1 },
      { ...ENTRIES[2], prefix: ["a/", "b/"], work: "several" },
    ]) {
      expect(() => decodeEntry("the/key", text(entry))).toThrow(
        expect.objectContaining({
          code: "FORMAT_TOO_NEW",
          message: expect.stringContaining("the/key") as string,
        }),
      );
    }
  });

  it("that is no entry is damage, and says where", () => {
    const [source, , intent] = ENTRIES;
    const segment = ENTRIES[3] as CatalogEntry & { act: "segment" };
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("{"),
      Buffer.from("[]"),
      Buffer.from("null"),
      Buffer.from([0x22, 0xff, 0x22]),
      text({}),
      text({ ...source, act: undefined }),
      text({ ...source, n: 0 }),
      text({ ...source, n: 1.5 }),
      text({ ...source, n: 2 ** 53 }),
      text({ ...source, nonce: "short" }),
      text({ ...source, at: "2026-11-21T10:00:00Z" }),
      text({ ...intent, prefix: "orders/bases/../x/" }),
      text({ ...intent, prefix: "/etc/" }),
      text({ ...segment, object: { ...segment.object, key: "../../x" } }),
      text({ ...segment, object: { ...segment.object, sha256: "0" } }),
      text({ ...segment, before: { ...segment.before, position: "0/01" } }),
      encodeEntry(segment).subarray(0, -1),
    ]) {
      expect(
        () => decodeEntry("the/key", bytes),
        bytes.toString().slice(0, 300),
      ).toThrow(
        expect.objectContaining({
          code: "CATALOG_DAMAGED",
          message: expect.stringContaining("the/key") as string,
        }),
      );
    }
  });

  it("is never written when it could not be read", () => {
    const [source] = ENTRIES as [CatalogEntry];
    for (const entry of [
      { ...source, nonce: "short" },
      { ...source, more: 1 },
    ]) {
      expect(() => encodeEntry(entry)).toThrow(
        expect.objectContaining({ code: "INTERNAL" }),
      );
    }
  });
});
