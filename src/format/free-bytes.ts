/** Below it a buffer may be a part of Node's pool, and is not worth it. */
const SMALLEST_BYTES = 128 * 1024;

/**
 * Gives the memory of large bytes back at once; they and all views of their buffer are empty afterwards. Left to the
 * garbage collector, buffers of a block each make it collect the whole heap every few dozen, and touch fresh pages meanwhile: of
 * reading a segment that was half of the time.
 */
export function freeBytes(bytes: ArrayBufferView): void {
  const { buffer } = bytes;
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= SMALLEST_BYTES)
    buffer.transfer(0);
}
