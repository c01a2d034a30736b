import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Looks at what a server sends on one of the connections through it; returns what is passed on, or undefined to cut the connection. */
export type Meddle = (chunk: Buffer, sentBefore: number) => Buffer | undefined;

export interface MeddlingProxy extends AsyncDisposable {
  readonly port: number;
}

/** Stands between a client and a server on loopback; each connection has a count of its own. */
export async function openMeddlingProxy(
  port: number,
  meddle: Meddle,
): Promise<MeddlingProxy> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    let sent = 0;
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("close", cut);
      socket.on("error", cut);
    }
    client.on("data", (chunk) => upstream.write(chunk));
    upstream.on("data", (chunk: Buffer) => {
      const passed = meddle(chunk, sent);
      sent += chunk.length;
      if (passed === undefined) cut();
      else client.write(passed);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
