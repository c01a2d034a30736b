import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { diskError } from "../format/disk-error.ts";

/**
 * A working file without a name, which the kernel takes back when the process ends. Calls are synchronous: folding a part is
 * one step, and a block that goes to the page cache costs less than a promise.
 */
export class SpillFile implements Disposable {
  private readonly path: string;
  private handle: number | undefined;
  private end = 0;
  /** What was written; the file is longer, with holes. */
  writtenBytes = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** A place for so many bytes; it costs no disk before they are written. */
  reserve(bytes: number): number {
    const at = this.end;
    this.end += bytes;
    return at;
  }

  /** Throws DISK_FULL. */
  write(at: number, bytes: Uint8Array): void {
    try {
      if (this.handle === undefined) {
        this.handle = openSync(this.path, "wx+", 0o600);
        unlinkSync(this.path);
      }
      for (let done = 0; done < bytes.length;)
        done += writeSync(
          this.handle,
          bytes,
          done,
          bytes.length - done,
          at + done,
        );
    } catch (cause) {
      throw diskError(this.path, cause);
    }
    this.writtenBytes += bytes.length;
  }

  /** Fills `into`. */
  read(at: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const read =
        this.handle === undefined
          ? 0
          : readSync(this.handle, into, done, into.length - done, at + done);
      if (read === 0)
        throw new RangeError("a spill file is shorter than it was");
      done += read;
    }
  }

  [Symbol.dispose](): void {
    if (this.handle !== undefined) closeSync(this.handle);
    this.handle = undefined;
  }
}
