import { powerOfTwo } from "./memory-budget.ts";
import type { SpillFile } from "./spill-file.ts";
import { SpillNotes, type SpillNote } from "./spill-notes.ts";
import type { SpillSpace } from "./spill-space.ts";

const MOST_PARTITIONS = 64;
const LARGEST_BLOCK = 64 * 1024;

/** How many partitions a table has at first: few where memory is little for so many tables, which may all be spilled. */
export function partitionsOfTable(limitBytes: number, tables: number): number {
  const wanted = limitBytes / (16 * 1024) / tables;
  return powerOfTwo(wanted, { least: 1, most: MOST_PARTITIONS });
}

/** How many a partition is split into. */
export function partitionsOfPartition(limitBytes: number): number {
  const wanted = limitBytes / (16 * 1024);
  return powerOfTwo(wanted, { least: 2, most: MOST_PARTITIONS });
}

/** The blocks of so many streams that are written at once take a 32nd of the memory. */
export function blockBytesOf(limitBytes: number, streams: number): number {
  const wanted = limitBytes / 32 / streams;
  return powerOfTwo(wanted, { least: 256, most: LARGEST_BLOCK });
}

/** Notes by partition of a hash. A partition takes memory once something is written to it. */
export class SpillPartitions {
  readonly count: number;
  private readonly space: SpillSpace;
  private readonly file: SpillFile;
  private readonly blockBytes: number;
  private readonly notes: (SpillNotes | undefined)[];

  constructor(space: SpillSpace, of: { file: SpillFile; count: number }) {
    this.space = space;
    this.file = of.file;
    this.count = of.count;
    this.blockBytes = blockBytesOf(space.budget.limitBytes, of.count);
    this.notes = new Array<SpillNotes | undefined>(of.count).fill(undefined);
  }

  /** The count is a power of two. */
  indexOf(hash: number): number {
    return hash & (this.count - 1);
  }

  write(partition: number, note: SpillNote): void {
    let notes = this.notes[partition];
    if (notes === undefined) {
      const { file, blockBytes } = this;
      const { budget } = this.space;
      notes = new SpillNotes({ file, budget, blockBytes });
      this.notes[partition] = notes;
    }
    notes.write(note);
  }

  /** They are the caller's; what is written to the partition afterwards is apart. */
  takeOut(partition: number): SpillNotes | undefined {
    const notes = this.notes[partition];
    this.notes[partition] = undefined;
    return notes;
  }

  /** Puts the buffers away. */
  rest(): void {
    for (const notes of this.notes) notes?.rest();
  }

  /** Nothing may be called afterwards. */
  release(): void {
    for (const notes of this.notes) notes?.release();
    this.notes.length = 0;
  }
}
