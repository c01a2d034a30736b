import { hash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import type { StoredObject } from "../../src/archive/acts.ts";
import type { ArchiveWriter } from "../../src/archive/archive-writer.ts";
import {
  encodeDocument,
  encodeManifest,
} from "../../src/archive/base-documents.ts";
import type { Catalog } from "../../src/archive/catalog.ts";
import type { ArchiveReading } from "../../src/archive/find-commit.ts";
import {
  basePartKey,
  basePrefix,
  definitionsKey,
  manifestKey,
  segmentKey,
} from "../../src/archive/keys.ts";
import type { TableBase } from "../../src/archive/manifest.ts";
import { createSegmentSpool } from "../../src/archive/segment-writer.ts";
import type { Change } from "../../src/core/change.ts";
import {
  formatInstant,
  parseInstant,
  type Micros,
} from "../../src/core/instant.ts";
import type { EncodedPart } from "../../src/core/journal-record.ts";
import { formatPosition, lsnPosition } from "../../src/core/position.ts";
import type { Shape } from "../../src/core/shape.ts";
import type { SourceItem } from "../../src/engine/change-source.ts";
import type { Definitions } from "../../src/engine/definitions.ts";
import { encodePart, partItems } from "../../src/format/part-header.ts";
import { RowDigest } from "../../src/format/row-digest.ts";
import { ZERO_HASH } from "../../src/format/rolling-hash.ts";
import { Sequencer } from "../../src/services/sequencer.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { never } from "./never.ts";
import { begunCatalog, ORDERS, SAMPLE_SOURCE } from "./sample-catalog.ts";
import {
  encodeItems,
  samplePosition,
  touchedTables,
} from "./sample-records.ts";

/** Transaction `seq` of a sample is committed so many seconds after this, unless it says otherwise. */
export const SAMPLE_BEGAN = parseInstant("2026-11-21T11:00:00Z");

export function sampleTime(seq: number): string {
  return formatInstant(sampleMicros(seq));
}

function sampleMicros(seq: number): Micros {
  return SAMPLE_BEGAN + BigInt(seq) * 1_000_000n;
}

export interface ArchivedTransaction {
  /** By ref. */
  readonly shapes: readonly Shape[];
  /** The changes of each part. */
  readonly parts: readonly (readonly Change[])[];
  readonly rawCommittedAt?: Micros;
  /** Its rolling hash is not the one of its changes. */
  readonly wrongHash?: true;
}

/** An archive of `orders` as capture and archiver write it: real numbers, hashes, segments, bases and entries. */
export async function openSampleArchive(
  store: ObjectStore,
): Promise<SampleArchive> {
  const workFolder = await mkdtemp(join(tmpdir(), "tidemark-sample-"));
  const catalog = await begunCatalog(store);
  const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
  return new SampleArchive({ store, catalog, writer, workFolder });
}

interface Opened {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly writer: ArchiveWriter;
  readonly workFolder: string;
}

export class SampleArchive implements AsyncDisposable {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  private readonly opened: Opened;
  private readonly shapes = new Map<string, Shape>();
  private bases = 0;
  private readonly sequencer = new Sequencer({
    seq: 0,
    rollingHash: ZERO_HASH,
    known: [],
    writtenThrough: 0,
    committedAt: 0n,
    incarnation: 1,
  });

  constructor(opened: Opened) {
    this.opened = opened;
    this.store = opened.store;
    this.catalog = opened.catalog;
  }

  get reading(): ArchiveReading {
    const { catalog, store, workFolder } = this.opened;
    return { state: catalog.state, store, workFolder };
  }

  /** One segment with these transactions, and its entry. */
  async segment(...transactions: readonly ArchivedTransaction[]) {
    const { store, writer, workFolder } = this.opened;
    const { seq, position, rollingHash } = writer.state.head;
    await using spool = await createSegmentSpool({
      path: join(workFolder, `${seq + 1}.avro`),
      incarnation: 1,
      before: { seq, position, rollingHash },
      shapes: this.shapes,
      fullBytes: 1 << 30,
    });
    for (const transaction of transactions) {
      for (const item of this.itemsOf(transaction)) {
        const record = this.sequencer.take(item);
        if (record === undefined) continue;
        const wrong = transaction.wrongHash && record.kind === "part";
        await spool.add([wrong ? withWrongHash(record) : record]);
      }
    }
    const { path, object, summary } = await spool.finish();
    const key = segmentKey(ORDERS, {
      epoch: writer.epoch,
      first: summary.first.seq,
      last: summary.last.seq,
      sha256: object.sha256,
    });
    await store.create(
      key,
      { kind: "file", path, sizeBytes: object.bytes, sha256: object.sha256 },
      never,
    );
    await writer.append(
      {
        act: "segment",
        epoch: writer.epoch,
        proved: true,
        ...summary,
        object: { key, ...object },
      },
      never,
    );
    return key;
  }

  /** A base of these tables at the head, one part for each `rows` of a table. */
  async base(
    ...tables: readonly {
      readonly shape: Shape;
      readonly parts: readonly (readonly string[])[];
    }[]
  ): Promise<string> {
    const { catalog, store } = this.opened;
    const base = `base${++this.bases}`;
    const { seq, position } = catalog.state.head;
    const at = sampleTime(seq);
    await catalog.append(
      {
        act: "intent",
        work: "base",
        prefix: basePrefix(ORDERS, base),
        expiresAt: "2099-01-01T00:00:00.000000Z",
      },
      never,
    );
    const lines: TableBase[] = [];
    for (const { shape, parts } of tables) {
      lines.push(await this.tableBase({ base, shape, parts, seq, position }));
    }
    const definitions: Definitions = {
      format: 1,
      engine: "postgres",
      serverVersion: SAMPLE_SOURCE.version,
      database: {
        encoding: "UTF8",
        collate: "C",
        ctype: "C",
        localeProvider: "libc",
        locale: null,
      },
      objects: [],
      tables: tables.map(({ shape }) => ({
        table: shape.table,
        namespace: shape.namespace,
        name: shape.name,
        shape,
      })),
      sequences: [],
      notRestored: [],
    };
    const manifest = await put(
      store,
      manifestKey(ORDERS, base, "0"),
      encodeManifest(lines),
    );
    const stored = await put(
      store,
      definitionsKey(ORDERS, base, "0"),
      encodeDocument(definitions),
    );
    const entries = lines.map((line) => ({
      table: line.table,
      shape: line.shape,
      namespace: line.namespace,
      name: line.name,
      seq: line.seq,
      rows: line.rows,
      bytes: sum(line.parts.map((part) => part.bytes)),
      rawBytes: sum(line.parts.map((part) => part.rawBytes)),
    }));
    await catalog.append(
      {
        act: "base",
        base,
        kind: "live",
        incarnation: 1,
        manifest,
        definitions: {
          ...stored,
          seq,
          position,
          tables: tables.map(({ shape }) => shape.table),
        },
        seq: { min: seq, max: seq },
        tables: entries,
        rows: sum(entries.map((entry) => entry.rows)),
        bytes: sum(entries.map((entry) => entry.bytes)),
        rawBytes: sum(entries.map((entry) => entry.rawBytes)),
        startedAt: at,
        finishedAt: at,
      },
      never,
    );
    return base;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.opened.workFolder, { recursive: true, force: true });
  }

  private *itemsOf(transaction: ArchivedTransaction): Generator<SourceItem> {
    const seq = this.sequencer.head + 1;
    for (const shape of transaction.shapes) yield { kind: "shape", shape };
    for (const [part, changes] of transaction.parts.entries()) {
      yield {
        kind: "part",
        xid: `${seq + 1000}`,
        part,
        tables: touchedTables(transaction.shapes, changes),
        items: encodeItems(changes),
        commit:
          part < transaction.parts.length - 1
            ? undefined
            : {
                position: lsnPosition(samplePosition(seq)),
                rawCommittedAt: transaction.rawCommittedAt ?? sampleMicros(seq),
              },
      };
    }
  }

  private async tableBase(of: {
    readonly base: string;
    readonly shape: Shape;
    readonly parts: readonly (readonly string[])[];
    readonly seq: number;
    readonly position: string;
  }): Promise<TableBase> {
    const { base, shape, seq, position } = of;
    const digest = new RowDigest();
    const parts: TableBase["parts"][number][] = [];
    for (const [part, rows] of of.parts.entries()) {
      const raw = Buffer.from(rows.map((row) => `${row}\n`).join(""));
      digest.add(raw);
      const stored = await put(
        this.store,
        basePartKey(ORDERS, { base, table: shape.table, attempt: 1, part }),
        zstdCompressSync(raw),
      );
      parts.push({ ...stored, rows: rows.length, rawBytes: raw.length });
    }
    const { table, id, namespace, name, identity, columns } = shape;
    return {
      ...{
        table,
        shape: id,
        namespace,
        name,
        identity,
        columns,
        seq,
        position,
      },
      engine: "postgres",
      storage: `${table}`,
      dialect: "postgres-copy",
      ...digest.finish(),
      parts,
    };
  }
}

function withWrongHash(part: EncodedPart): EncodedPart {
  const { header } = part;
  const { commit } = header;
  if (commit === undefined) return part;
  const rollingHash = commit.rollingHash.replace(/^./, (digit) =>
    digit === "0" ? "1" : "0",
  );
  return encodePart(
    { ...header, commit: { ...commit, rollingHash } },
    partItems(part),
  );
}

async function put(
  store: ObjectStore,
  key: string,
  bytes: Buffer,
): Promise<StoredObject> {
  await store.create(key, { kind: "bytes", bytes }, never);
  return { key, bytes: bytes.length, sha256: hash("sha256", bytes) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

/** For a captured position: where transaction `seq` of a sample ends. */
export function samplePositionText(seq: number): string {
  return formatPosition(lsnPosition(samplePosition(seq)));
}
