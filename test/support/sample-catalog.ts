import { hash } from "node:crypto";
import type {
  ArchivedSource,
  BaseAct,
  IntentAct,
  Link,
  RestoreAct,
  SegmentAct,
  SourceAct,
  VerifyAct,
} from "../../src/archive/acts.ts";
import type { Catalog } from "../../src/archive/catalog.ts";
import { openCatalog } from "../../src/archive/catalog.ts";
import type { CatalogState } from "../../src/archive/catalog-state.ts";
import type { CatalogOptions } from "../../src/archive/entry-log.ts";
import { basePrefix, segmentKey } from "../../src/archive/keys.ts";
import { formatInstant, parseInstant } from "../../src/core/instant.ts";
import { formatLsn, parseLsn } from "../../src/core/position.ts";
import { parseSourceName } from "../../src/core/source-name.ts";
import { ZERO_HASH } from "../../src/format/rolling-hash.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { never } from "./never.ts";

export const ORDERS = parseSourceName("orders");
const BEGAN_AT = parseInstant("2026-11-21T10:00:00Z");

export const SAMPLE_SOURCE = {
  name: ORDERS,
  engine: "postgres",
  version: "18.4",
  systemIdentifier: "7421000000000000001",
  timeline: 1,
  databaseOid: 16384,
  incarnation: 1,
  preparation: "as prepared",
  tables: [],
} as const satisfies ArchivedSource;

export const SOURCE_ACT: SourceAct = {
  act: "source",
  source: SAMPLE_SOURCE,
  start: { seq: 0, position: "0/1000000", rollingHash: ZERO_HASH },
};

export function catalogOptions(
  store: ObjectStore,
  by = "test",
): CatalogOptions {
  let now = BEGAN_AT;
  return {
    store,
    source: ORDERS,
    clock: { now: () => (now += 1_000_000n) },
    by,
    logger: silentLogger,
    retryDelayMs: 0,
  };
}

/** A catalog with its entry 1. */
export async function begunCatalog(store: ObjectStore): Promise<Catalog> {
  const catalog = await openCatalog(catalogOptions(store), never);
  await catalog.begin(SOURCE_ACT, never);
  return catalog;
}

/** The next segment of `transactions` transactions; `by` makes another writer's contents other contents. */
export function nextSegment(
  state: Pick<CatalogState, "head" | "epoch">,
  transactions = 1,
  by = "",
): SegmentAct {
  const { seq, position, rollingHash } = state.head;
  const before: Link = { seq, position, rollingHash };
  const links = [before];
  for (let next = seq + 1; next <= seq + transactions; next++) {
    const last = links.at(-1) ?? before;
    links.push({
      seq: next,
      position: formatLsn(parseLsn(last.position) + 64n),
      rollingHash: hash("sha256", `${last.rollingHash}${by}`).slice(0, 32),
    });
  }
  const last = links.at(-1) ?? before;
  const at = (of: number) => formatInstant(BEGAN_AT + BigInt(of) * 1_000_000n);
  const times = (of: number) => ({
    committedAt: at(of),
    rawCommittedAt: at(of),
  });
  const sha256 = hash("sha256", `object ${last.rollingHash}`);
  const name = { epoch: state.epoch, first: seq + 1, last: last.seq, sha256 };
  return {
    act: "segment",
    epoch: state.epoch,
    incarnation: 1,
    object: {
      key: segmentKey(ORDERS, name),
      bytes: 1000,
      sha256,
      rawBytes: 2000,
      records: transactions,
    },
    first: { seq: seq + 1, ...times(seq + 1) },
    last: { ...last, ...times(last.seq), xid: `${900 + last.seq}` },
    before,
    reread: links.at(-2) ?? before,
    progress: { position: last.position, at: at(last.seq) },
    tables: [],
    events: [],
    clockBack: [],
    proved: true,
  };
}

/** Any act that needs no epoch, told apart by `mark`. */
export function freeAct(mark: number): VerifyAct {
  return {
    act: "verify",
    kind: "archive",
    throughEntry: mark,
    seq: 0,
    ok: true,
  };
}

/** A base of no tables, at the beginning of the history. */
export function baseAct(base: string): BaseAct {
  const object = { bytes: 1, sha256: "0".repeat(64) };
  const prefix = basePrefix(ORDERS, base);
  const at = formatInstant(BEGAN_AT);
  return {
    act: "base",
    base,
    kind: "live",
    incarnation: 1,
    manifest: { key: `${prefix}manifest.json.zst`, ...object },
    definitions: {
      key: `${prefix}schema.json.zst`,
      ...object,
      seq: 0,
      position: SOURCE_ACT.start.position,
      tables: [],
    },
    seq: { min: 0, max: 0 },
    tables: [],
    rows: 0,
    bytes: 0,
    rawBytes: 0,
    startedAt: at,
    finishedAt: at,
  };
}

export function intentAct(base: string, expiresAt: string): IntentAct {
  const prefix = basePrefix(ORDERS, base);
  return { act: "intent", work: "base", prefix, expiresAt };
}

/** Restores that differ in their ids alone. */
export function restoreAct(mark: number): RestoreAct {
  return {
    act: "restore",
    id: mark.toString(16).padStart(32, "0"),
    requested: "seq:0",
    seq: 0,
    target: "postgres://h/db",
    planHash: "ab",
    outcome: "verified",
    rows: 5,
  };
}
