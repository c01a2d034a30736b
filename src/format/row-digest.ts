import { MURMUR_BLOCK, Murmur128 } from "./murmur128.ts";

const NEWLINE = 10;
const WORD = 0x1_0000_0000;
/** So many additions of 32-bit words stay exact in a double. */
const NORMALISE_ROWS = 1 << 20;

export interface RowDigestValue {
  readonly rows: number;
  /** 32 hex digits. */
  readonly digest: string;
}

/**
 * A digest of a table's rows that does not depend on their order: the sum, modulo 2^128, of MurmurHash3_x86_128 of every
 * line of COPY text without its newline (docs/formats.md, "Row digest"). It finds accidents, not forgers: those are the
 * business of the SHA-256 of every object. Where chunks are cut does not matter.
 */
export class RowDigest {
  /** Most significant first; each below 2^53 until normalised. */
  private readonly sums = new Float64Array(4);
  private rows = 0;
  private pending = 0;
  private readonly line = new Murmur128();
  /** Bytes of an unfinished line that do not fill a block yet. */
  private readonly rest = new DataView(new ArrayBuffer(MURMUR_BLOCK));
  private restBytes = 0;
  private inLine = false;

  add(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    let newline = bytes.indexOf(NEWLINE);
    if (this.inLine && newline >= 0) {
      this.absorb(view, 0, newline);
      this.line.finish(this.rest, 0, this.restBytes);
      this.endLine();
      this.restBytes = 0;
      this.inLine = false;
      from = newline + 1;
      newline = bytes.indexOf(NEWLINE, from);
    }
    for (; newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
      const tail = this.line.blocks(view, from, newline);
      this.line.finish(view, tail, newline);
      this.endLine();
      from = newline + 1;
    }
    if (from < bytes.length) {
      this.absorb(view, from, bytes.length);
      this.inLine = true;
    }
  }

  /** Adds the rows of another digest: of another part of the same table. */
  merge(other: RowDigest): void {
    if (this.inLine || other.inLine) throw unfinished();
    this.normalise();
    other.normalise();
    for (let n = 0; n < 4; n++)
      this.sums[n] = (this.sums[n] as number) + (other.sums[n] as number);
    this.rows += other.rows;
    this.normalise();
  }

  /** Throws RangeError inside a line. */
  finish(): RowDigestValue {
    if (this.inLine) throw unfinished();
    this.normalise();
    const words = [...this.sums].map((sum) =>
      sum.toString(16).padStart(8, "0"),
    );
    return { rows: this.rows, digest: words.join("") };
  }

  private endLine(): void {
    const { sums, line } = this;
    sums[0] = (sums[0] as number) + (line.h1 >>> 0);
    sums[1] = (sums[1] as number) + (line.h2 >>> 0);
    sums[2] = (sums[2] as number) + (line.h3 >>> 0);
    sums[3] = (sums[3] as number) + (line.h4 >>> 0);
    line.reset();
    this.rows += 1;
    if (++this.pending === NORMALISE_ROWS) this.normalise();
  }

  private absorb(view: DataView, start: number, to: number): void {
    let from = start;
    if (this.restBytes > 0) {
      while (from < to && this.restBytes < MURMUR_BLOCK)
        this.rest.setUint8(this.restBytes++, view.getUint8(from++));
      if (this.restBytes < MURMUR_BLOCK) return;
      this.line.blocks(this.rest, 0, MURMUR_BLOCK);
      this.restBytes = 0;
    }
    from = this.line.blocks(view, from, to);
    while (from < to)
      this.rest.setUint8(this.restBytes++, view.getUint8(from++));
  }

  private normalise(): void {
    let carry = 0;
    for (let n = 3; n >= 0; n--) {
      const sum = (this.sums[n] as number) + carry;
      carry = Math.floor(sum / WORD);
      this.sums[n] = sum - carry * WORD;
    }
    this.pending = 0;
  }
}

function unfinished(): RangeError {
  return new RangeError("the rows end inside a line");
}
