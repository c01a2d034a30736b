import type { Span } from "../format/span.ts";
import { copyBytes } from "./key-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { SpillFile } from "./spill-file.ts";

/** Of the top bits of a key's hash: the others place the key in its partition's table. */
const PARTITION_BITS = 6;
export const PARTITIONS = 1 << PARTITION_BITS;
const HEADER_BYTES = 16;
const SMALLEST_BLOCK = 512;
const LARGEST_BLOCK = 64 * 1024;

export function partitionOf(hash: number): number {
  return hash >>> (32 - PARTITION_BITS);
}

/** What is written down; `kind` and `link` mean what the writer wants. */
export interface SpillNote {
  kind: number;
  link: number;
  readonly key: Span;
  readonly row: Span;
}

interface Partition {
  buffer: Buffer | undefined;
  length: number;
  /** Offset and size, alternating. */
  readonly blocks: number[];
}

/** Where a table's spilled notes go, and the memory that it may take. */
export interface SpillSpace {
  readonly file: SpillFile;
  readonly budget: MemoryBudget;
}

/** Notes in the order of writing, per partition: [u32 kind, link, key bytes, row bytes] key row. */
export class SpillPartitions {
  private readonly file: SpillFile;
  private readonly budget: MemoryBudget;
  private readonly blockBytes: number;
  private readonly partitions: Partition[];

  constructor(space: SpillSpace, count = PARTITIONS) {
    this.file = space.file;
    this.blockBytes = Math.min(
      LARGEST_BLOCK,
      Math.max(SMALLEST_BLOCK, Math.floor(space.budget.limitBytes / 16_384)),
    );
    this.budget = space.budget;
    this.budget.take(count * this.blockBytes);
    this.partitions = Array.from({ length: count }, () => ({
      buffer: undefined,
      length: 0,
      blocks: [],
    }));
  }

  write(partition: number, note: SpillNote): void {
    const to = this.partitions[partition] as Partition;
    const keyBytes = note.key.to - note.key.from;
    const rowBytes = note.row.to - note.row.from;
    const size = HEADER_BYTES + keyBytes + rowBytes;
    const buffer = this.room(to, size);
    let at = to.length;
    at = buffer.writeUInt32LE(note.kind, at);
    at = buffer.writeUInt32LE(note.link, at);
    at = buffer.writeUInt32LE(keyBytes, at);
    at = buffer.writeUInt32LE(rowBytes, at);
    copyBytes(note.key, buffer, at);
    copyBytes(note.row, buffer, at + keyBytes);
    to.length += size;
  }

  /** Yields one object again and again. What is written while it reads is not read. */
  *read(partition: number): Generator<SpillNote, void, undefined> {
    const from = this.partitions[partition] as Partition;
    this.flush(from);
    const note = emptyNote();
    for (let n = 0; n < from.blocks.length; n += 2) {
      const bytes = this.blockAt(from, n);
      for (let at = 0; at < bytes.length;) {
        at = readNote(bytes, at, note);
        yield note;
      }
    }
  }

  /** The same, last first. */
  *readBackward(partition: number): Generator<SpillNote, void, undefined> {
    const from = this.partitions[partition] as Partition;
    this.flush(from);
    const note = emptyNote();
    for (let n = from.blocks.length - 2; n >= 0; n -= 2) {
      const bytes = this.blockAt(from, n);
      const starts: number[] = [];
      for (let at = 0; at < bytes.length;) {
        starts.push(at);
        at = readNote(bytes, at, note);
      }
      for (const start of starts.reverse()) {
        readNote(bytes, start, note);
        yield note;
      }
    }
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.budget.giveBack(this.partitions.length * this.blockBytes);
    this.partitions.length = 0;
  }

  private blockAt(partition: Partition, n: number): Buffer {
    const [at, size] = partition.blocks.slice(n, n + 2) as [number, number];
    return this.file.read(at, size);
  }

  private room(partition: Partition, size: number): Buffer {
    const { buffer } = partition;
    if (buffer !== undefined && partition.length + size <= buffer.length)
      return buffer;
    this.flush(partition);
    // A larger note gets a buffer of its size, for itself alone.
    const needed = Math.max(size, this.blockBytes);
    if (partition.buffer?.length !== needed)
      partition.buffer = Buffer.allocUnsafeSlow(needed);
    return partition.buffer;
  }

  private flush(partition: Partition): void {
    if (partition.buffer === undefined || partition.length === 0) return;
    const bytes = partition.buffer.subarray(0, partition.length);
    partition.blocks.push(this.file.append(bytes), bytes.length);
    partition.length = 0;
    if (partition.buffer.length > this.blockBytes) partition.buffer = undefined;
  }
}

export function emptyNote(): SpillNote {
  const span = (): Span => ({ bytes: Buffer.alloc(0), from: 0, to: 0 });
  return { kind: 0, link: 0, key: span(), row: span() };
}

function readNote(bytes: Buffer, start: number, note: SpillNote): number {
  note.kind = bytes.readUInt32LE(start);
  note.link = bytes.readUInt32LE(start + 4);
  const { key, row } = note;
  key.bytes = bytes;
  key.from = start + HEADER_BYTES;
  key.to = key.from + bytes.readUInt32LE(start + 8);
  row.bytes = bytes;
  row.from = key.to;
  row.to = row.from + bytes.readUInt32LE(start + 12);
  return row.to;
}
