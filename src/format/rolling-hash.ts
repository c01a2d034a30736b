import { createHash, hash, type Hash } from "node:crypto";
import type { Micros } from "../core/instant.ts";
import type { ShapeId, TableId } from "../core/shape.ts";

/** Bytes of a ShapeId and of a rolling hash: the first half of a SHA-256. */
export const HASH_BYTES = 16;
/** The rolling hash before transaction 1. */
export const ZERO_HASH = "0".repeat(2 * HASH_BYTES);

const HOLD_BYTES = 64 * 1024;
const DOMAIN = Buffer.from("tidemark.transaction.1\0", "latin1");

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

  finish(tail: TransactionTail): Buffer {
    this.held.push(encodeTail(tail, this.itemBytes));
    // One call over joined bytes costs a third of createHash, update, digest: most transactions are small.
    if (this.streamed === undefined) {
      return hash("sha256", Buffer.concat([DOMAIN, ...this.held]), "buffer");
    }
    this.flush();
    return this.streamed.digest();
  }

  private flush(): void {
    this.streamed ??= createHash("sha256").update(DOMAIN);
    for (const piece of this.held) this.streamed.update(piece);
    this.held = [];
    this.heldBytes = 0;
  }
}

function encodeTail(tail: TransactionTail, itemBytes: number): Buffer {
  const xid = Buffer.from(tail.xid, "utf8");
  const position = Buffer.from(tail.position, "utf8");
  const bytes = Buffer.allocUnsafe(
    24 + xid.length + position.length + tail.tables.length * (8 + HASH_BYTES),
  );
  let at = bytes.writeBigUInt64BE(BigInt(itemBytes), 0);
  at = bytes.writeBigInt64BE(tail.rawCommittedAt, at);
  at = bytes.writeUInt32BE(xid.length, at);
  at += xid.copy(bytes, at);
  at = bytes.writeUInt32BE(position.length, at);
  at += position.copy(bytes, at);
  for (const { table, shape } of tail.tables) {
    at = bytes.writeBigInt64BE(BigInt(table), at);
    at += bytes.write(shape, at, HASH_BYTES, "hex");
  }
  return bytes;
}

/** First 16 bytes of SHA-256(rolling(n−1) ‖ content(n)), in hexadecimal. */
export function rolling(before: string, content: Uint8Array): string {
  const input = Buffer.allocUnsafe(HASH_BYTES + content.length);
  input.write(before, 0, HASH_BYTES, "hex");
  input.set(content, HASH_BYTES);
  return hash("sha256", input, "hex").slice(0, 2 * HASH_BYTES);
}
