import { KeyFilter } from "./key-filter.ts";
import { spillHash } from "./spill-hash.ts";
import type { SpillNote } from "./spill-notes.ts";
import {
  SpillPartitions,
  blockBytesOf,
  partitionsOfTable,
} from "./spill-partitions.ts";
import type { SpillSpace } from "./spill-space.ts";
import { SpillStream } from "./spill-stream.ts";

const HASH_BYTES = 4;

/** What a table wrote down while changes were read, by partition of its keys; between two times it takes next to no memory. */
export class SpilledTable {
  readonly space: SpillSpace;
  readonly notes: SpillPartitions;
  /** Of every note's key: a filter for the base is made of them once one is needed. */
  private readonly hashes: SpillStream;
  private readonly hash = Buffer.alloc(HASH_BYTES);

  constructor(space: SpillSpace) {
    this.space = space;
    const { budget, file } = space;
    const { limitBytes } = budget;
    const count = partitionsOfTable(limitBytes, space.tables);
    this.notes = new SpillPartitions(space, { file, count });
    const blockBytes = blockBytesOf(limitBytes, count);
    this.hashes = new SpillStream({ file, budget, blockBytes });
  }

  get keys(): number {
    return this.hashes.bytes / HASH_BYTES;
  }

  readonly write = (note: SpillNote): void => {
    const hash = spillHash(note.key, 0);
    this.notes.write(this.notes.indexOf(hash), note);
    this.hash.writeInt32LE(hash);
    this.hashes.append(this.hash);
  };

  /** Puts the buffers away. */
  rest(): void {
    this.notes.rest();
    this.hashes.rest();
  }

  /** Nothing is written with `write` afterwards. */
  makeFilter(): KeyFilter {
    const { budget } = this.space;
    const filter = new KeyFilter(budget, this.keys);
    const { bytes } = this.hashes;
    const window = blockBytesOf(budget.limitBytes, 1);
    for (let at = 0; at < bytes; at += window) {
      const hashes = this.hashes.read(at, Math.min(window, bytes - at));
      for (let n = 0; n < hashes.length; n += HASH_BYTES)
        filter.add(hashes.readInt32LE(n));
    }
    return filter;
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.notes.release();
    this.hashes.release();
  }
}
