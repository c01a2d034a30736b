import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export interface LocalServer extends AsyncDisposable {
  readonly endpoint: string;
}

export interface Exchange {
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
  readonly outgoing: ServerResponse;
}

/** A server of HTTP on this machine; where `answer` rejects, the connection breaks. */
export async function listenLocally(
  answer: (exchange: Exchange) => Promise<void>,
): Promise<LocalServer> {
  const server = createServer((incoming, outgoing) => {
    const work = async () =>
      answer({ incoming, body: await buffer(incoming), outgoing });
    work().catch(() => outgoing.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
