import { AvroWriter } from "../format/avro-writer.ts";
import { writeCopyLine } from "../format/copy-text.ts";
import type { Span } from "../format/span.ts";

const CHUNK_BYTES = 256 * 1024;

/** Gathers COPY text into chunks of about 256 KiB, each in a buffer that holds nothing else. */
export class RowSink {
  private out = new AvroWriter(CHUNK_BYTES);
  private readonly run: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };
  private ready: Buffer[] = [];

  get hasChunks(): boolean {
    return this.ready.length > 0;
  }

  /** An untouched line; its newline follows it. Neighbours go out together. */
  passLine(line: Span): void {
    const { run } = this;
    if (line.bytes !== run.bytes || line.from !== run.to) {
      this.endRun();
      run.bytes = line.bytes;
      run.from = line.from;
    }
    run.to = line.to + 1;
  }

  /** A row of Avro values. Throws RangeError when it is not whole. */
  writeRow(row: Span): void {
    this.endRun();
    this.makeRoom(3 * (row.to - row.from) + 1);
    writeCopyLine(this.out, row);
  }

  /** Passed lines are views of their chunk: call it before the chunk's owner goes on. */
  endRun(): void {
    const { run } = this;
    const size = run.to - run.from;
    if (size === 0) return;
    this.makeRoom(size);
    this.out.writeRaw(
      Buffer.from(run.bytes.buffer, run.bytes.byteOffset + run.from, size),
    );
    run.from = run.to;
  }

  takeChunks(): Buffer[] {
    const chunks = this.ready;
    this.ready = [];
    return chunks;
  }

  /** Everything that is left. */
  finish(): Buffer[] {
    this.endRun();
    this.cut();
    return this.takeChunks();
  }

  private makeRoom(bytes: number): void {
    if (this.out.length + bytes > this.out.buffer.length) this.cut();
  }

  private cut(): void {
    if (this.out.size === 0) return;
    this.ready.push(this.out.cut());
    this.out = new AvroWriter(CHUNK_BYTES);
  }
}
