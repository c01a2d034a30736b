import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** How a line is cut: whoever connects is refused and who was connected is cut off, or nothing comes through and nobody says so. */
export type Cut = "refused" | "silent";

/** What clients of a server on loopback connect to in its place. */
export interface Line extends AsyncDisposable {
  readonly port: number;
  cut(how: Cut): Promise<void>;
  /** What a silent cut kept waiting goes on. */
  mend(): Promise<void>;
}

/** `listen`: a port that the server names to its clients; without it, any. */
export async function openLine(ports: {
  readonly to: number;
  readonly listen?: number;
}): Promise<Line> {
  const line = new TcpLine(ports.to);
  await line.listen(ports.listen ?? 0);
  return line;
}

class TcpLine implements Line {
  port = 0;
  private readonly to: number;
  private readonly server = createServer((client) => this.serve(client));
  private readonly sockets = new Set<Socket>();
  /** Clients that came while the line was silent. */
  private readonly waiting = new Set<Socket>();
  private silent = false;

  constructor(to: number) {
    this.to = to;
  }

  async listen(port: number): Promise<void> {
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  async cut(how: Cut): Promise<void> {
    if (how === "silent") {
      this.silent = true;
      for (const socket of this.sockets) socket.pause();
      return;
    }
    await this.close();
  }

  async mend(): Promise<void> {
    if (!this.server.listening) await this.listen(this.port);
    this.silent = false;
    for (const client of this.waiting) this.forward(client);
    this.waiting.clear();
    for (const socket of this.sockets) socket.resume();
  }

  private serve(client: Socket): void {
    this.keep(client);
    if (!this.silent) return this.forward(client);
    client.pause();
    this.waiting.add(client);
    client.once("close", () => this.waiting.delete(client));
  }

  private forward(client: Socket): void {
    const server = connect(this.to, "127.0.0.1");
    this.keep(server);
    for (const [from, onto] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on("data", (bytes: Buffer) => onto.write(bytes));
      from.on("end", () => onto.end());
      from.on("close", () => onto.destroy());
    }
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    // A broken connection is what this is for.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.sockets.delete(socket));
  }

  private async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, "close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
