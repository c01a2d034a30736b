import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { openLendingSocket } from "../../../../../src/engine/postgres/source/lending-socket.ts";

/** The two ends of one connection. */
async function connected() {
  await using stack = new AsyncDisposableStack();
  const server = createServer();
  stack.defer(() => void server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const ours = openLendingSocket();
  stack.defer(() => void ours.socket.destroy());
  ours.socket.connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [theirs] = (await accepted) as [Socket];
  stack.defer(() => void theirs.destroy());
  const owned = stack.move();
  return { ours, theirs, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function nextRead(socket: Socket): Promise<Buffer> {
  const [chunk] = (await once(socket, "data")) as [Buffer];
  return chunk;
}

describe("a lending socket", () => {
  test("gives what stays, until it lends", async () => {
    await using both = await connected();
    const { ours, theirs } = both;
    theirs.write("first");
    const first = await nextRead(ours.socket);
    theirs.write("other");
    const other = await nextRead(ours.socket);
    expect([String(first), String(other)]).toEqual(["first", "other"]);
    ours.lend();
    theirs.write("lent");
    const lent = await nextRead(ours.socket);
    theirs.write("more");
    const more = await nextRead(ours.socket);
    expect(more.buffer).toBe(lent.buffer);
    expect([String(first), String(more)]).toEqual(["first", "more"]);
  });

  test("reads nothing while it is paused, and everything in order afterwards", async () => {
    await using both = await connected();
    const { ours, theirs } = both;
    const sent = Buffer.alloc(8_000_000, "0123456789abc");
    const read: Buffer[] = [];
    let size = 0;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    let paused = false;
    ours.lend();
    ours.socket.on("data", (chunk: Buffer) => {
      expect(paused).toBe(false);
      read.push(Buffer.from(chunk));
      size += chunk.length;
      if (size === sent.length) return resolve();
      paused = true;
      ours.socket.pause();
      setImmediate(() => {
        paused = false;
        ours.socket.resume();
      });
    });
    theirs.write(sent);
    await all;
    expect(Buffer.concat(read).equals(sent)).toBe(true);
  });

  test("ends when the other side does", async () => {
    await using both = await connected();
    const { ours, theirs } = both;
    const closed = once(ours.socket, "close");
    theirs.end("bye");
    expect(String(await nextRead(ours.socket))).toBe("bye");
    await closed;
  });
});
