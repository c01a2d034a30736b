/**
 * Values on their way from a row image (`from`, at `read`) to the bytes of a row (`to`, at `at`). One serves all rows, so that a value costs no
 * object. Who writes has room: a row's short values are reserved for at once, a long one when its length is known. Hot.
 */
export class ImageCursor {
  from: Buffer = EMPTY;
  read = 0;
  /** Of the image's event: behind it lie bytes of another. */
  end = 0;
  to: Buffer = EMPTY;
  at = 0;

  /** Where the next `size` bytes begin, which are taken. Throws RangeError beyond the end. */
  take(size: number): number {
    const first = this.read;
    if (size > this.end - first)
      throw new RangeError("the event ends inside a value");
    this.read = first + size;
    return first;
  }

  /** Little-endian, 1 to 4 bytes. */
  uint(size: number): number {
    const first = this.take(size);
    const { from } = this;
    let value = from[first + size - 1] as number;
    for (let at = first + size - 2; at >= first; at--)
      value = value * 256 + (from[at] as number);
    return value;
  }

  byte(byte: number): void {
    this.to[this.at++] = byte;
  }

  /** 0 … 2^32-1, in as many digits as it has. */
  digits(value: number): void {
    const { to } = this;
    let size = 1;
    for (let bound = 10; value >= bound; bound *= 10) size++;
    let at = this.at + size;
    this.at = at;
    let rest = value;
    do {
      const tenth = Math.trunc(rest / 10);
      to[--at] = 48 + rest - tenth * 10;
      rest = tenth;
    } while (rest > 0);
  }

  /** With zeros before it. */
  padded(value: number, size: number): void {
    const { to } = this;
    let at = this.at + size;
    this.at = at;
    let rest = value;
    for (let left = size; left > 0; left--) {
      const tenth = Math.trunc(rest / 10);
      to[--at] = 48 + rest - tenth * 10;
      rest = tenth;
    }
  }

  /** An unsigned number of 64 bits, exactly. */
  digits64(high: number, low: number): void {
    if (high === 0) {
      this.digits(low);
      return;
    }
    // By 10^9 in steps that stay below 2^53: the quotient is at most 18446744073.
    const first = Math.trunc(high / BILLION);
    const carried = (high - first * BILLION) * 0x1_0000 + (low >>> 16);
    const second = Math.trunc(carried / BILLION);
    const last = (carried - second * BILLION) * 0x1_0000 + (low & 0xffff);
    const third = Math.trunc(last / BILLION);
    const quotient = first * 0x1_0000_0000 + second * 0x1_0000 + third;
    const remainder = last - third * BILLION;
    if (quotient < BILLION) {
      if (quotient > 0) this.digits(quotient);
    } else {
      const top = Math.trunc(quotient / BILLION);
      this.digits(top);
      this.padded(quotient - top * BILLION, 9);
    }
    if (quotient > 0) this.padded(remainder, 9);
    else this.digits(remainder);
  }

  /** The shortest text that reads as the same double, as JavaScript writes it; of a negative zero "-0". */
  double(value: number): void {
    this.ascii(value === 0 && 1 / value < 0 ? "-0" : String(value));
  }

  ascii(text: string): void {
    const { to } = this;
    let at = this.at;
    for (let n = 0; n < text.length; n++) to[at++] = text.charCodeAt(n);
    this.at = at;
  }
}

const EMPTY = Buffer.alloc(0);
const BILLION = 1e9;
