/** A run of bytes in a larger buffer. Hot loops reuse one object of this kind instead of making a view per row. */
export interface Span {
  bytes: Uint8Array;
  from: number;
  /** Exclusive. */
  to: number;
}
