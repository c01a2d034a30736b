import type { EventReader } from "./event-reader.ts";

export interface TransactionPayload {
  readonly compression: "zstd" | "none";
  readonly uncompressedBytes: number;
  /** Whole events without checksums. A view. */
  readonly payload: Buffer;
}

const END = 0;
const SIZE = 1;
const COMPRESSION = 2;
const UNCOMPRESSED_SIZE = 3;

const ZSTD = 0;
const NONE = 255;

/** Fields, each packed number of it · packed size · packed content; after field 0 the payload. */
export function readTransactionPayload(
  reader: EventReader,
): TransactionPayload {
  let size: number | undefined;
  let compression = NONE;
  let uncompressedBytes: number | undefined;
  for (;;) {
    const field = reader.packed();
    if (field === END) break;
    const end = reader.packed() + reader.offset;
    if (field === SIZE) size = reader.packed();
    else if (field === COMPRESSION) compression = reader.packed();
    else if (field === UNCOMPRESSED_SIZE) uncompressedBytes = reader.packed();
    reader.skip(end - reader.offset);
  }
  if (compression !== ZSTD && compression !== NONE)
    throw new RangeError(
      `a transaction compressed in the unknown way ${compression}`,
    );
  const payload = reader.rest();
  if (size !== payload.length)
    throw new RangeError("a compressed transaction of another size");
  return {
    compression: compression === ZSTD ? "zstd" : "none",
    uncompressedBytes: uncompressedBytes ?? size,
    payload,
  };
}
