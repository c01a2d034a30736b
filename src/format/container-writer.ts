import { createHash, randomBytes } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { AvroWriter } from "./avro-writer.ts";
import { SYNC_BYTES, encodeContainerHeader } from "./container-header.ts";
import { diskError } from "./disk-error.ts";
import { compressFrame } from "./zstd.ts";

/** A block holds at most this many raw bytes, or one record. */
export const BLOCK_BYTES = 1024 * 1024;
/** Compressing and not yet written: bounds the memory, and keeps libuv's pool busy. */
const BLOCKS_IN_FLIGHT = 4;

export interface ContainerFacts {
  /** Of the file. */
  readonly bytes: number;
  readonly sha256: string;
  readonly rawBytes: number;
  readonly records: number;
}

interface Block {
  readonly buffer: Buffer;
  length: number;
  records: number;
}

/** Creates `path`, which must not exist. Throws DISK_FULL. */
export async function createContainer(path: string): Promise<ContainerWriter> {
  const file = await open(path, "wx", 0o640);
  return new ContainerWriter(path, file);
}

/** Writes an Avro object container file of journal records; blocks are compressed off the main thread and written in order. */
export class ContainerWriter implements AsyncDisposable {
  readonly path: string;
  private readonly file: FileHandle;
  private readonly sync = randomBytes(SYNC_BYTES);
  private readonly hash = createHash("sha256");
  private block: Block | undefined;
  /** Buffers whose block is compressed: a new one for each block would be collected with much else. */
  private readonly spare: Buffer[] = [];
  private readonly inFlight: Promise<void>[] = [];
  private written: Promise<void>;
  private closed = false;
  private stored = 0;
  private raw = 0;
  private count = 0;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.file = file;
    this.written = this.write(encodeContainerHeader(this.sync));
    this.written.catch(() => undefined); // thrown by drain and finish
  }

  get rawBytes(): number {
    return this.raw;
  }

  /** What has reached the file; a few blocks behind what was appended. */
  get storedBytes(): number {
    return this.stored;
  }

  get records(): number {
    return this.count;
  }

  /** Copies the record. Never waits: call `drain` between batches. */
  append(record: Uint8Array): void {
    let block = this.block;
    if (block !== undefined && block.length + record.length > BLOCK_BYTES) {
      this.seal(block);
      block = undefined;
    }
    if (block === undefined) {
      block = { buffer: this.takeBuffer(record), length: 0, records: 0 };
      this.block = block;
    }
    block.buffer.set(record, block.length);
    block.length += record.length;
    block.records += 1;
    this.raw += record.length;
    this.count += 1;
  }

  /** Waits until few blocks are in flight; throws what writing them threw. */
  async drain(): Promise<void> {
    while (this.inFlight.length > BLOCKS_IN_FLIGHT) {
      await this.inFlight[0];
      void this.inFlight.shift();
    }
  }

  /** Resolves once everything is on the disk. */
  async finish(): Promise<ContainerFacts> {
    if (this.block !== undefined) this.seal(this.block);
    this.block = undefined;
    await this.written;
    this.inFlight.length = 0;
    try {
      await this.file.sync();
    } catch (cause) {
      throw diskError(this.path, cause);
    }
    await this.close();
    return {
      bytes: this.stored,
      sha256: this.hash.digest("hex"),
      rawBytes: this.raw,
      records: this.count,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.written.catch(() => undefined);
    await this.close();
  }

  private async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.file.close();
  }

  private takeBuffer(record: Uint8Array): Buffer {
    const size = Math.max(BLOCK_BYTES, record.length);
    const spare = size === BLOCK_BYTES ? this.spare.pop() : undefined;
    return spare ?? Buffer.allocUnsafeSlow(size);
  }

  private seal(block: Block): void {
    const frame = this.compress(block);
    frame.catch(() => undefined); // thrown by the write that waits for it
    this.written = this.writeBlock(this.written, block.records, frame);
    this.written.catch(() => undefined);
    this.inFlight.push(this.written);
  }

  private async compress({ buffer, length }: Block): Promise<Buffer> {
    const frame = await compressFrame(buffer.subarray(0, length));
    if (buffer.length === BLOCK_BYTES) this.spare.push(buffer);
    return frame;
  }

  private async writeBlock(
    before: Promise<void>,
    records: number,
    compressed: Promise<Buffer>,
  ): Promise<void> {
    await before;
    const frame = await compressed;
    const out = new AvroWriter(frame.length + SYNC_BYTES + 20);
    out.writeLong(records);
    out.writeBytes(frame);
    out.writeRaw(this.sync);
    await this.write(out.view());
  }

  private async write(bytes: Buffer): Promise<void> {
    this.hash.update(bytes);
    try {
      await this.file.appendFile(bytes);
    } catch (cause) {
      throw diskError(this.path, cause);
    }
    this.stored += bytes.length;
  }
}
