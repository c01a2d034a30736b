import { hash, randomBytes } from "node:crypto";
import type { BaseAct, StoredObject } from "../archive/acts.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import { encodeDocument, encodeManifest } from "../archive/base-documents.ts";
import { basePrefix, definitionsKey, manifestKey } from "../archive/keys.ts";
import type { TableBase } from "../archive/manifest.ts";
import { requireSameTables } from "../archive/same-source.ts";
import { TidemarkError } from "../core/errors.ts";
import { formatInstant, type Micros } from "../core/instant.ts";
import { formatPosition, parsePosition } from "../core/position.ts";
import { failpoint } from "../platform/failpoints.ts";
import { openWorkFolder } from "../platform/work-folder.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { TakeBaseOptions } from "./base-work.ts";
import type { BaseScope } from "./plan-base.ts";
import { findUnfinishedBase } from "./earlier-copies.ts";
import { settleTables, type SettledTables } from "./settle-tables.ts";

export const BASE_FAILPOINTS = [
  "base.intent-written",
  "base.part-written",
  "base.copy-written",
  "base.tables-copied",
  "base.manifest-written",
  "base.entry-written",
] as const;

/** Objects of a base that never got its entry are swept after this; one that is still at work says its intent again. */
const INTENT_MICROS = 24n * 3600n * 1_000_000n;

/**
 * A live base while writers write. Order of durability: intent → parts → per table the document that its copy is whole → the archive has
 * passed the end of the copies and shows that none was disturbed → manifest and definitions → the `base` entry. A crash before the
 * entry leaves objects that no entry names: the next base goes on with the whole copies among them, and the sweep takes the rest
 * when the intent has run out.
 */
export async function takeBase(
  options: TakeBaseOptions,
  signal: AbortSignal,
): Promise<BaseAct> {
  // Two at once would both go on with the same unfinished base.
  await using turn = await options.admin.waitForBaseTurn(signal);
  return await takeInTurn(options, AbortSignal.any([signal, turn.lost]));
}

/**
 * The base that is due once it is our turn: whoever had the turn before may have taken it. Undefined: none is any more.
 */
export async function takeDueBase(
  options: Omit<TakeBaseOptions, "scope">,
  due: (state: CatalogState) => { readonly scope: BaseScope } | undefined,
  signal: AbortSignal,
): Promise<BaseAct | undefined> {
  await using turn = await options.admin.waitForBaseTurn(signal);
  const taking = AbortSignal.any([signal, turn.lost]);
  await options.catalog.refresh(taking);
  const now = due(options.catalog.state);
  if (now === undefined) return undefined;
  return await takeInTurn({ ...options, scope: now.scope }, taking);
}

async function takeInTurn(
  options: TakeBaseOptions,
  signal: AbortSignal,
): Promise<BaseAct> {
  const { source, catalog, clock, store } = options;
  requireSameTables(catalog.state.source, options.tables);
  const startedAt = clock.now();
  const base = await openBase(options, startedAt, signal);
  await using work = await openWorkFolder(options.workFolder);
  const settled = await settleTables(
    {
      ...{ ...options, base, folder: work.path },
      keepIntent: (keeping) => catalog.keepIntent(base, INTENT_MICROS, keeping),
    },
    signal,
  );
  failpoint("base.tables-copied");
  // A run that was killed here may have left them already; what counts is what the entry names.
  const suffix = randomBytes(4).toString("hex");
  const manifest = await put(
    store,
    {
      key: manifestKey(source, base, suffix),
      bytes: encodeManifest(settled.tables),
    },
    signal,
  );
  const definitions = await put(
    store,
    {
      key: definitionsKey(source, base, suffix),
      bytes: encodeDocument(settled.snapshot.definitions),
    },
    signal,
  );
  failpoint("base.manifest-written");
  await checkObjects(
    store,
    [manifest, definitions, ...settled.tables.flatMap((table) => table.parts)],
    signal,
  );
  const act: BaseAct = {
    act: "base",
    base,
    kind: "live",
    incarnation: options.incarnation,
    manifest,
    ...summarize(settled, definitions),
    startedAt: formatInstant(startedAt),
    finishedAt: formatInstant(clock.now()),
  };
  const readAt = [
    settled.snapshot.position,
    ...settled.tables.map(({ position }) => parsePosition(position)),
  ];
  await catalog.appendBase({ act, readAt }, signal);
  failpoint("base.entry-written");
  return act;
}

/** Goes on with an unfinished base, or begins one by saying so. */
async function openBase(
  options: TakeBaseOptions,
  startedAt: Micros,
  signal: AbortSignal,
): Promise<string> {
  const { catalog, source } = options;
  await catalog.refresh(signal);
  const unfinished = findUnfinishedBase(catalog.state, source, startedAt);
  if (unfinished !== undefined) return unfinished;
  const time = formatInstant(startedAt).replace(/[-:]|\.\d+/g, "");
  const base = `${time}-${randomBytes(4).toString("hex")}`;
  await catalog.append(
    {
      act: "intent",
      work: "base",
      prefix: basePrefix(source, base),
      expiresAt: formatInstant(startedAt + INTENT_MICROS),
    },
    signal,
  );
  failpoint("base.intent-written");
  return base;
}

async function put(
  store: ObjectStore,
  object: { readonly key: string; readonly bytes: Buffer },
  signal: AbortSignal,
): Promise<StoredObject> {
  const { key, bytes } = object;
  await store.create(key, { kind: "bytes", bytes }, signal);
  return { key, bytes: bytes.length, sha256: hash("sha256", bytes) };
}

/** Before an entry names them. */
async function checkObjects(
  store: ObjectStore,
  objects: readonly StoredObject[],
  signal: AbortSignal,
): Promise<void> {
  for (const object of objects) {
    const info = await store.stat(object.key, signal);
    if (info?.sizeBytes === object.bytes) continue;
    throw new TidemarkError(
      "ARCHIVE_DAMAGED",
      `${object.key} is not in the store as it was written`,
      { hint: "the store loses objects: check it before anything else" },
    );
  }
}

function summarize(
  { tables, snapshot, seq }: SettledTables,
  definitions: StoredObject,
): Pick<
  BaseAct,
  "definitions" | "tables" | "seq" | "rows" | "bytes" | "rawBytes"
> {
  const entries = tables.map((table) => ({
    table: table.table,
    shape: table.shape,
    namespace: table.namespace,
    name: table.name,
    seq: table.seq,
    rows: table.rows,
    bytes: sum(table, "bytes"),
    rawBytes: sum(table, "rawBytes"),
  }));
  const total = (field: "rows" | "bytes" | "rawBytes") =>
    entries.reduce((all, entry) => all + entry[field], 0);
  const seqs = entries.map((entry) => entry.seq);
  return {
    definitions: {
      ...definitions,
      seq,
      position: formatPosition(snapshot.position),
      tables: snapshot.tables.map((table) => table.table),
    },
    tables: entries,
    seq: { min: Math.min(seq, ...seqs), max: Math.max(seq, ...seqs) },
    rows: total("rows"),
    bytes: total("bytes"),
    rawBytes: total("rawBytes"),
  };
}

function sum(table: TableBase, field: "bytes" | "rawBytes"): number {
  return table.parts.reduce((all, part) => all + part[field], 0);
}
