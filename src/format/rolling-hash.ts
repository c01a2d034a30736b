import { createHash, hash, type Hash } from "node:crypto";
import type { Micros } from "../core/instant.ts";
import type { ShapeId, TableId } from "../core/shape.ts";

/** Bytes of a ShapeId and of a rolling hash: the first half of a SHA-256. */
export const HASH_BYTES = 16;
/** The rolling hash before transaction 1. */
export const ZERO_HASH = "0".repeat(2 * HASH_BYTES);

const HOLD_BYTES = 64 * 1024;
const DOMAIN = Buffer.from("tidemark.transaction.1\0", "latin1");
/** Inputs of a hash that is computed before anything else can run. */
const scratch = Buffer.allocUnsafeSlow(2 * HOLD_BYTES);
const CONTENT_BYTES = 32;
const link = Buffer.allocUnsafeSlow(HASH_BYTES + CONTENT_BYTES);

export interface TransactionTail {
  readonly xid: string;
  readonly position: string;
  readonly rawCommittedAt: Micros;
  /** By ref, ascending, over all parts. */
  readonly tables: readonly {
    readonly table: TableId;
    readonly shape: ShapeId;
  }[];
}

/**
 * content(n) = SHA-256("tidemark.transaction.1\0" ‖ items of all parts ‖ u64 item bytes ‖ i64 rawCommittedAt ‖ u32 length + xid ‖
 * u32 length + position ‖ per ref ascending: i64 table, 16-byte shape), integers big-endian. So it does not depend on how the
 * transaction was cut into parts. The items come first because a large transaction's position is known only at its end.
 */
export class ContentHash {
  private held: Uint8Array[] = [];
  private heldBytes = 0;
  private itemBytes = 0;
  private streamed: Hash | undefined;

  /** `items` must stay as they are until `finish`. */
  add(items: Uint8Array): void {
    this.itemBytes += items.length;
    this.held.push(items);
    this.heldBytes += items.length;
    if (this.heldBytes > HOLD_BYTES) this.flush();
  }

  /** In hexadecimal: a Buffer of it would cost as much as the hashing. Ready for the next transaction afterwards. */
  finish(tail: TransactionTail): string {
    const content =
      this.streamed === undefined
        ? this.hashAtOnce(tail)
        : this.finishStream(this.streamed, tail);
    this.forget();
    return content;
  }

  /** Ready for another transaction. */
  forget(): void {
    this.held = [];
    this.heldBytes = 0;
    this.itemBytes = 0;
    this.streamed = undefined;
  }

  private finishStream(streamed: Hash, tail: TransactionTail): string {
    this.flush();
    const end = Buffer.allocUnsafe(tailBytes(tail));
    this.writeTail(tail, end, 0);
    return streamed.update(end).digest("hex");
  }

  /** One call over joined bytes costs a third of createHash, update, digest: most transactions are small. */
  private hashAtOnce(tail: TransactionTail): string {
    const size = DOMAIN.length + this.heldBytes + tailBytes(tail);
    const input =
      size <= scratch.length
        ? scratch.subarray(0, size)
        : Buffer.allocUnsafe(size);
    let at = DOMAIN.copy(input);
    for (const piece of this.held) {
      input.set(piece, at);
      at += piece.length;
    }
    this.writeTail(tail, input, at);
    return hash("sha256", input, "hex");
  }

  private writeTail(tail: TransactionTail, to: Buffer, offset: number): void {
    let at = writeInt64(to, offset, this.itemBytes);
    at = to.writeBigInt64BE(tail.rawCommittedAt, at);
    at = writeText(to, at, tail.xid);
    at = writeText(to, at, tail.position);
    for (const { table, shape } of tail.tables) {
      at = writeInt64(to, at, table);
      at += to.write(shape, at, HASH_BYTES, "hex");
    }
  }

  private flush(): void {
    this.streamed ??= createHash("sha256").update(DOMAIN);
    for (const piece of this.held) this.streamed.update(piece);
    this.held = [];
    this.heldBytes = 0;
  }
}

function tailBytes(tail: TransactionTail): number {
  return (
    24 +
    Buffer.byteLength(tail.xid) +
    Buffer.byteLength(tail.position) +
    tail.tables.length * (8 + HASH_BYTES)
  );
}

/** 0 ≤ value < 2^53. */
function writeInt64(to: Buffer, at: number, value: number): number {
  to.writeUInt32BE(Math.floor(value / 2 ** 32), at);
  return to.writeUInt32BE(value % 2 ** 32, at + 4);
}

function writeText(to: Buffer, at: number, text: string): number {
  const size = to.write(text, at + 4, "utf8");
  to.writeUInt32BE(size, at);
  return at + 4 + size;
}

/** First 16 bytes of SHA-256(rolling(n−1) ‖ content(n)); all three in hexadecimal. */
export function rolling(before: string, content: string): string {
  link.write(before, 0, HASH_BYTES, "hex");
  link.write(content, HASH_BYTES, CONTENT_BYTES, "hex");
  return hash("sha256", link, "hex").slice(0, 2 * HASH_BYTES);
}
