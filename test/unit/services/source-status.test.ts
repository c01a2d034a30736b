import { describe, expect, test } from "vitest";
import { TidemarkError } from "../../../src/core/errors.ts";
import { formatInstant, parseInstant } from "../../../src/core/instant.ts";
import { parsePosition } from "../../../src/core/position.ts";
import type {
  ArchiveFacts,
  ServerFacts,
  SourceObservation,
} from "../../../src/services/observe-source.ts";
import { archiveFacts } from "../../../src/services/observe-source.ts";
import { describeSource } from "../../../src/services/source-status.ts";
import type { SourceState } from "../../../src/services/source-state.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { openSampleArchive, sampleTime } from "../../support/sample-archive.ts";
import { ORDERS } from "../../support/sample-catalog.ts";
import { fillSampleOrders } from "../../support/sample-orders.ts";

const NOW = parseInstant("2026-11-21T12:00:00Z");

const ARCHIVE: ArchiveFacts = {
  entry: 9,
  seq: 7,
  progress: { position: "0/1000", at: formatInstant(NOW - 5_000_000n) },
  segments: 3,
  bytes: 1000,
  needsBase: undefined,
  latestSeq: 7,
  lastBase: {
    base: "b",
    finishedAt: formatInstant(NOW - 60_000_000n),
    seq: 2,
  },
  lastVerify: undefined,
  failedVerifies: [],
};
const SERVER: ServerFacts = {
  now: NOW,
  position: parsePosition("0/1100"),
  retained: {
    walBytes: 4096,
    limitBytes: undefined,
    slotActive: true,
    confirmed: undefined,
  },
};

function statusOf(of: Partial<SourceObservation> = {}, service?: SourceState) {
  return describeSource({
    source: ORDERS,
    observation: { archive: ARCHIVE, server: SERVER, ...of },
    service,
    rpoMs: 10_000,
    now: NOW,
  });
}

test("a source that is as it should be", () => {
  expect(statusOf({}, { kind: "running" })).toEqual({
    source: "orders",
    state: "running",
    degraded: [],
    seq: 7,
    archivedAt: ARCHIVE.progress.at,
    archivedPosition: "0/1000",
    lagMs: 5000,
    lagBytes: 256,
    walBytes: 4096,
    slotActive: true,
    latestRestorable: { seq: 7, at: ARCHIVE.progress.at },
    lastBase: {
      base: "b",
      finishedAt: ARCHIVE.lastBase?.finishedAt,
      ageMs: 60_000,
    },
    segments: 3,
    archiveBytes: 1000,
  });
});

describe("what is not, is named", () => {
  const archive = (more: Partial<ArchiveFacts>) => ({
    archive: { ...ARCHIVE, ...more },
  });
  const retained = (more: Partial<ServerFacts["retained"]>) => ({
    server: { ...SERVER, retained: { ...SERVER.retained, ...more } },
  });
  const refused = new TidemarkError("ACCESS_DENIED", "the login was refused");

  test.each<
    [string, Partial<SourceObservation>, SourceState | undefined, string[]]
  >([
    ["needs base", archive({ needsBase: "DDL" }), undefined, ["needs-base"]],
    ["needs base", { archive: undefined }, undefined, ["no-archive"]],
    [
      "unreachable",
      { server: { error: refused } },
      undefined,
      ["server-unreachable"],
    ],
    [
      "archive unreadable",
      { archive: { error: new TidemarkError("CATALOG_DAMAGED", "broken") } },
      { kind: "running" },
      ["archive-unreadable"],
    ],
    [
      "not running",
      retained({ slotActive: false }),
      undefined,
      ["slot-inactive"],
    ],
    ["starting", {}, { kind: "starting" }, ["starting"]],
    [
      "stopped: HISTORY_LOST",
      retained({ slotActive: false }),
      { kind: "stopped", code: "HISTORY_LOST", message: "m", hint: "h" },
      ["stopped", "slot-inactive"],
    ],
    [
      "waiting: SLOT_BUSY",
      {},
      { kind: "waiting", code: "SLOT_BUSY", message: "m", hint: undefined },
      ["waiting"],
    ],
    [
      "behind",
      archive({
        progress: { position: "0/1000", at: formatInstant(NOW - 150_001_000n) },
      }),
      undefined,
      ["lag"],
    ],
    [
      "running",
      retained({ walBytes: 801, limitBytes: 199 }),
      undefined,
      ["wal-limit"],
    ],
    [
      "running",
      archive({ failedVerifies: ["archive"] }),
      undefined,
      ["verify-failed"],
    ],
  ])("%s", (...[state, observation, service, codes]) => {
    const status = statusOf(observation, service);
    expect(status.state).toBe(state);
    expect(status.degraded.map(({ code }) => code)).toEqual(codes);
  });

  test("up to their bounds lag and held log are not", () => {
    const at = formatInstant(NOW - 150_000_000n);
    const { degraded } = statusOf({
      ...archive({ progress: { position: "0/1000", at } }),
      ...retained({ walBytes: 800, limitBytes: 200 }),
    });
    expect(degraded).toEqual([]);
  });

  test("an archive that has seen nothing yet is not decades behind", () => {
    const status = statusOf(
      archive({ progress: { position: "0/0", at: formatInstant(0n) } }),
    );
    expect(status.degraded).toEqual([]);
    expect(status).not.toHaveProperty("archivedAt");
    expect(status).not.toHaveProperty("lagMs");
  });

  test("a slot that is gone is another thing than one that nobody reads", () => {
    const messages = [undefined, SERVER.position].map((confirmed) =>
      statusOf(retained({ slotActive: false, confirmed })).degraded.map(
        ({ message }) => message,
      ),
    );
    expect(messages).toEqual([
      [expect.stringContaining("the source is not prepared")],
      [expect.stringContaining("is `tidemark run` running?")],
    ]);
  });

  test("a clock that is behind the archive is no negative lag", () => {
    const { lagMs, lagBytes } = statusOf({
      server: { ...SERVER, now: 0n, position: parsePosition("0/1") },
    });
    expect([lagMs, lagBytes]).toEqual([0, 0]);
  });
});

test("the archive's own facts", async () => {
  await using archive = await openSampleArchive(new MemoryStore());
  await fillSampleOrders(archive);
  expect(archiveFacts(archive.catalog.state)).toMatchObject({
    seq: 7,
    progress: { at: sampleTime(7) },
    segments: 3,
    needsBase: "definitions changed",
    latestSeq: 5,
    lastBase: { base: "base1", seq: 2 },
    lastVerify: undefined,
    failedVerifies: [],
  });
  const verify = { act: "verify", throughEntry: 1, seq: 1 } as const;
  for (const [kind, ok] of [
    ["archive", false],
    ["against", false],
    ["archive", true],
  ] as const)
    await archive.catalog.append({ ...verify, kind, ok }, never);
  expect(archiveFacts(archive.catalog.state)).toMatchObject({
    lastVerify: { kind: "archive", ok: true },
    failedVerifies: ["against"],
  });
});
