import { Socket } from "node:net";

/** More than the kernel gathers in a pause, so that a read empties it. */
const READ_BYTES = 256 * 1024;

export interface LendingSocket {
  readonly socket: Socket;
  /** From now on what `data` gives is valid only until the listener returns. */
  lend(): void;
}

/**
 * A socket that reads into one buffer: a new one of 64 KiB for every read, however short, is a third of what a backlog leaves to the
 * garbage collector. And its `pause` stops reading at once, where another socket first fills a buffer of its own in small reads.
 * Under TLS the bytes come from another socket above this one, as ever.
 */
export function openLendingSocket(): LendingSocket {
  let lent = false;
  const socket = new Socket({
    onread: {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (size, buffer) => {
        const view = (buffer as Buffer).subarray(0, size);
        socket.emit("data", lent ? view : Buffer.from(view));
        return true;
      },
    },
  });
  return {
    socket,
    lend: () => {
      lent = true;
    },
  };
}
