import {
  closeSync,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { diskError } from "../../../format/disk-error.ts";
import type { TouchedTable } from "../../../core/journal-record.ts";
import type { SourcePart } from "../../change-source.ts";
import { PART_BYTES } from "../../stream/part-encoder.ts";

/** More than that of one transaction goes to disk. */
const MEMORY_BYTES = PART_BYTES;

interface Piece {
  readonly tables: readonly TouchedTable[];
  readonly count: number;
  readonly size: number;
  /** undefined: in the file. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Parts of which it is not known whether they count: of a transaction that was only prepared, or behind a savepoint. Few bytes are held in
 * memory, many in a file that has no name any more, so that it goes with the process. After a crash they come from the source again.
 */
export class HeldParts implements Disposable {
  private readonly folder: string;
  private pieces: Piece[] = [];
  private memoryBytes = 0;
  private fileBytes = 0;
  private file: number | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** How many there are; `truncate` goes back there. */
  get length(): number {
    return this.pieces.length;
  }

  add({ tables, items }: SourcePart): void {
    const { count, bytes } = items;
    const size = bytes.length;
    const inMemory =
      this.file === undefined && this.memoryBytes + size <= MEMORY_BYTES;
    if (inMemory) {
      // In a buffer of its own: the part's shares one of the encoder's, which would be held with it.
      this.pieces.push({ tables, count, size, bytes: Buffer.from(bytes) });
      this.memoryBytes += size;
    } else {
      this.write(bytes);
      this.pieces.push({ tables, count, size, bytes: undefined });
    }
  }

  truncate(length: number): void {
    for (const { size, bytes } of this.pieces.splice(length)) {
      if (bytes === undefined) this.fileBytes -= size;
      else this.memoryBytes -= size;
    }
    if (this.file !== undefined) ftruncateSync(this.file, this.fileBytes);
  }

  /** As parts of `xid` from `part` on, small ones joined; the last one has the commit. */
  *parts(
    { xid, part: first }: { readonly xid: string; readonly part: number },
    commit: NonNullable<SourcePart["commit"]>,
  ): Generator<SourcePart> {
    let part = first;
    let run: Piece[] = [];
    let runBytes = 0;
    let offset = 0;
    const join = (last: SourcePart["commit"]): SourcePart => {
      const bytes = this.read(run, offset);
      for (const { size, bytes: held } of run)
        if (held === undefined) offset += size;
      const joined = {
        xid,
        part: part++,
        tables: joinTables(run),
        items: { count: run.reduce((sum, { count }) => sum + count, 0), bytes },
        commit: last,
      };
      run = [];
      runBytes = 0;
      return joined;
    };
    for (const piece of this.pieces) {
      if (run.length > 0 && runBytes + piece.size > PART_BYTES)
        yield join(undefined);
      run.push(piece);
      runBytes += piece.size;
    }
    if (run.length > 0 || first > 0) yield join(commit);
  }

  [Symbol.dispose](): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
    this.pieces = [];
  }

  private write(bytes: Uint8Array): void {
    const path = join(this.folder, "held-transaction");
    try {
      if (this.file === undefined) {
        this.file = openSync(path, "wx+", 0o600);
        unlinkSync(path);
      }
      for (let done = 0; done < bytes.length;)
        done += writeSync(
          this.file,
          bytes,
          done,
          undefined,
          this.fileBytes + done,
        );
      this.fileBytes += bytes.length;
    } catch (cause) {
      throw diskError(path, cause);
    }
  }

  private read(run: readonly Piece[], offset: number): Buffer {
    const size = run.reduce((sum, piece) => sum + piece.size, 0);
    const joined = Buffer.allocUnsafeSlow(size);
    let at = 0;
    let from = offset;
    for (const piece of run) {
      if (piece.bytes !== undefined) {
        joined.set(piece.bytes, at);
      } else {
        this.readFile(joined.subarray(at, at + piece.size), from);
        from += piece.size;
      }
      at += piece.size;
    }
    return joined;
  }

  private readFile(into: Buffer, from: number): void {
    if (this.file === undefined) throw new Error("held parts were disposed");
    for (let done = 0; done < into.length;) {
      const read = readSync(
        this.file,
        into,
        done,
        into.length - done,
        from + done,
      );
      if (read === 0)
        throw new RangeError("held parts are shorter than written");
      done += read;
    }
  }
}

function joinTables(run: readonly Piece[]): readonly TouchedTable[] {
  if (run.length === 1) return run[0]?.tables ?? [];
  const byRef = new Map<number, TouchedTable>();
  for (const { tables } of run) {
    for (const table of tables) {
      const sum = byRef.get(table.ref);
      byRef.set(
        table.ref,
        sum === undefined
          ? table
          : {
              ...table,
              inserts: sum.inserts + table.inserts,
              updates: sum.updates + table.updates,
              deletes: sum.deletes + table.deletes,
              truncates: sum.truncates + table.truncates,
            },
      );
    }
  }
  return [...byRef.values()].sort((a, b) => a.ref - b.ref);
}
