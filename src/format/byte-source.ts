import { open } from "node:fs/promises";

/** Bytes that can be read at any place. */
export interface ByteSource {
  readonly size: number;
  /** Less than asked for only at the end. Their buffer is the caller's alone. */
  read(from: number, to: number): Promise<Buffer>;
}

export function memorySource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    size: buffer.length,
    read: async (from, to) => {
      const part = buffer.subarray(from, to);
      const own = Buffer.allocUnsafeSlow(part.length);
      part.copy(own);
      return own;
    },
  };
}

export async function openFileSource(
  path: string,
): Promise<ByteSource & AsyncDisposable> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    return {
      size,
      read: async (from, to) => {
        const length = Math.max(0, Math.min(to, size) - from);
        const buffer = Buffer.allocUnsafeSlow(length);
        let filled = 0;
        while (filled < length) {
          const { bytesRead } = await file.read(
            buffer,
            filled,
            length - filled,
            from + filled,
          );
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return buffer.subarray(0, filled);
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}
