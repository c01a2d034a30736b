import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { diskError } from "../format/disk-error.ts";

/** Makes the names of spill files unique in this process. */
let opened = 0;

/**
 * A working file without a name, which the kernel takes back when the process ends. Calls are synchronous: folding a part is
 * one step, and a block that goes to the page cache costs less than a promise.
 */
export class SpillFile implements Disposable {
  private readonly path: string;
  private handle: number | undefined;
  private end = 0;

  constructor(folder: string) {
    this.path = join(folder, `fold-${process.pid}-${opened++}.spill`);
  }

  get bytes(): number {
    return this.end;
  }

  /** Says where the bytes lie. Throws DISK_FULL. */
  append(bytes: Uint8Array): number {
    const at = this.end;
    try {
      if (this.handle === undefined) {
        this.handle = openSync(this.path, "wx+", 0o600);
        unlinkSync(this.path);
      }
      for (let done = 0; done < bytes.length;)
        done += writeSync(
          this.handle,
          bytes.subarray(done),
          0,
          bytes.length - done,
          at + done,
        );
    } catch (cause) {
      throw diskError(this.path, cause);
    }
    this.end += bytes.length;
    return at;
  }

  read(at: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafeSlow(size);
    for (let done = 0; done < size;) {
      const read =
        this.handle === undefined
          ? 0
          : readSync(this.handle, bytes, done, size - done, at + done);
      if (read === 0)
        throw new RangeError("a spill file is shorter than it was");
      done += read;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    if (this.handle !== undefined) closeSync(this.handle);
    this.handle = undefined;
  }
}
