/** Bytes that can be sent again: a store may need a second attempt. */
export type Body =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly sizeBytes: number;
      readonly sha256: string;
    };

export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** When the store took the object, by the store's clock, in milliseconds since 1970. */
  readonly createdAtMs: number;
}

/** `from` inclusive, `to` exclusive, in bytes. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Immutable objects under keys of plain ASCII segments joined by `/`. No key is the `/`-parent of another.
 * Errors: STORE_UNREACHABLE, DISK_FULL; ACCESS_DENIED, RIGHT_MISSING, CONFIG and NOT_FOUND (the bucket) of a store that has logins; and
 * those named per method.
 */
export interface ObjectStore extends AsyncDisposable {
  /** For people: where this store is. */
  readonly url: string;
  /** Reading an object in many ranges costs hardly more than reading it through: a disk. */
  readonly seekable: boolean;
  /**
   * Durable when it resolves; never overwrites: throws OBJECT_EXISTS, and only for an object that another call made. What it has of a
   * file is what was announced: throws INTERNAL when it is not, and there is no object then. After any other error there may be one,
   * now or later: the answer may have been lost.
   */
  create(key: string, body: Body, signal: AbortSignal): Promise<void>;
  stat(key: string, signal: AbortSignal): Promise<ObjectInfo | undefined>;
  /** Each chunk's buffer is the reader's alone. Throws OBJECT_MISSING. A range beyond the end ends at the end. */
  read(
    key: string,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Keys that begin with `prefix` and are greater than `after`, in byte order. */
  list(
    prefix: string,
    after: string | undefined,
    signal: AbortSignal,
  ): AsyncIterable<ObjectInfo>;
  /** Keys that do not exist are no error. */
  delete(keys: readonly string[], signal: AbortSignal): Promise<void>;
}
