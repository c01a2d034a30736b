import type { Span } from "../format/span.ts";
import { powerOfTwo, type MemoryBudget } from "./memory-budget.ts";
import { SpillStream, type StreamSpace } from "./spill-stream.ts";

const HEADER_BYTES = 16;
const LARGEST_WINDOW = 64 * 1024;

/** What is written down; `kind` and `link` mean what the writer wants. */
export interface SpillNote {
  kind: number;
  link: number;
  readonly key: Span;
  readonly row: Span;
}

export function emptyNote(): SpillNote {
  const span = (): Span => ({ bytes: Buffer.alloc(0), from: 0, to: 0 });
  return { kind: 0, link: 0, key: span(), row: span() };
}

/** Notes in the order of writing: [u32 kind, link, key bytes, row bytes] key row. */
export class SpillNotes {
  private readonly stream: SpillStream;
  private readonly budget: MemoryBudget;
  private readonly header = Buffer.alloc(HEADER_BYTES);

  constructor(space: StreamSpace) {
    this.stream = new SpillStream(space);
    this.budget = space.budget;
  }

  get bytes(): number {
    return this.stream.bytes;
  }

  write(note: SpillNote): void {
    const { header, stream } = this;
    const { key, row } = note;
    header.writeUInt32LE(note.kind, 0);
    header.writeUInt32LE(note.link, 4);
    header.writeUInt32LE(key.to - key.from, 8);
    header.writeUInt32LE(row.to - row.from, 12);
    stream.append(header);
    stream.append(key.bytes.subarray(key.from, key.to));
    stream.append(row.bytes.subarray(row.from, row.to));
  }

  /** Yields one object again and again. What is written while it reads is not read. */
  read(): Generator<SpillNote, void, undefined> {
    return this.readRange(0, this.bytes);
  }

  /** `from` and `to` are where notes begin and end. */
  *readRange(from: number, to: number): Generator<SpillNote, void, undefined> {
    const { budget, stream } = this;
    const window = powerOfTwo(budget.limitBytes / 64, {
      least: 1024,
      most: LARGEST_WINDOW,
    });
    const note = emptyNote();
    stream.rest();
    for (let at = from, wanted = window; at < to;) {
      const size = Math.min(wanted, to - at);
      budget.take(size);
      try {
        const bytes = stream.read(at, size);
        let done = 0;
        wanted = window;
        while (size - done >= HEADER_BYTES) {
          const end = readNote(bytes, done, note);
          if (end > size) {
            // It goes on behind the window: the next one begins with it, and has it whole.
            wanted = Math.max(window, end - done);
            break;
          }
          done = end;
          yield note;
        }
        at += done;
      } finally {
        budget.giveBack(size);
      }
    }
  }

  rest(): void {
    this.stream.rest();
  }

  /** Nothing may be called afterwards. */
  release(): void {
    this.stream.release();
  }
}

/** Says where it ends. */
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
