import { once } from "node:events";
import type { Duplex } from "node:stream";
import { TidemarkError } from "../../core/errors.ts";
import { PacketRun } from "./packet-run.ts";

/** A payload of this length goes on in the next packet. */
const FULL = 0xff_ff_ff;
const HEADER_BYTES = 4;

/** Read ahead of whoever takes the packets; beyond it the server waits. */
const READ_AHEAD_BYTES = 512 * 1024;

/**
 * Packets of the client/server protocol over a connection that is logged in: `length (3 bytes), number (1 byte), payload`. Payloads
 * are parts of the chunks that the socket gave, not copies.
 */
export class PacketChannel {
  readonly #socket: Duplex;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** What the buffer has to hold before there is more to take. */
  #needed = HEADER_BYTES;
  /** Of a payload that goes on. */
  #parts: Buffer[] = [];
  #number = 0;
  #wake: (() => void) | undefined;
  #ended: Error | undefined;
  #onEnd: (() => void) | undefined;

  /** Takes the socket over from whoever has read it; every byte sent so far has been read. */
  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.removeAllListeners("data");
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.#end(error));
    socket.on("close", () => this.#end(undefined));
    socket.on("end", () => this.#end(undefined));
  }

  onEnd(listener: () => void): void {
    if (this.#ended === undefined) this.#onEnd = listener;
    else listener();
  }

  /** The first packet of a command. */
  async sendCommand(payload: Uint8Array): Promise<void> {
    this.#number = 0;
    await this.send(payload);
  }

  /** The next packet of the same exchange; resolves when the socket takes more. */
  async send(payload: Uint8Array): Promise<void> {
    // A payload whose last packet is full ends with an empty one.
    for (let offset = 0; offset <= payload.length; offset += FULL) {
      const part = payload.subarray(offset, offset + FULL);
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUIntLE(part.length, 0, 3);
      header[3] = this.#number;
      this.#number = (this.#number + 1) & 0xff;
      this.#failIfEnded();
      this.#socket.cork();
      this.#socket.write(header);
      const roomy = this.#socket.write(part);
      this.#socket.uncork();
      if (!roomy) await this.#drain();
    }
  }

  /** At least one payload, and every other one that is here as a whole. */
  async receive(): Promise<Buffer[]> {
    const payloads: Buffer[] = [];
    for (const run of await this.receiveRuns()) {
      for (let at = 0; at < run.length; at++) payloads.push(run.payload(at));
    }
    return payloads;
  }

  /** The same without a view of each. */
  async receiveRuns(): Promise<readonly PacketRun[]> {
    for (;;) {
      const runs = this.#parse();
      if (runs.length > 0) return runs;
      this.#failIfEnded();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#socket.resume();
      });
    }
  }

  /** Says good-bye, and cuts the line if that is not heard. */
  async close(goodbye: Uint8Array, patienceMs: number): Promise<void> {
    if (this.#ended === undefined && !this.#socket.destroyed) {
      const closed = once(this.#socket, "close", {
        signal: AbortSignal.timeout(patienceMs),
      });
      this.#socket.resume();
      this.sendCommand(goodbye).catch(() => undefined);
      this.#socket.end();
      // Late or with an error: it is destroyed all the same.
      await closed.catch(() => undefined);
    }
    this.#socket.destroy();
  }

  /** Whoever waits for a packet fails. */
  destroy(): void {
    this.#socket.destroy();
    this.#end(undefined);
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= READ_AHEAD_BYTES && this.#bytes >= this.#needed) {
      this.#socket.pause();
    }
    if (this.#bytes >= this.#needed) this.#wakeUp();
  }

  #parse(): PacketRun[] {
    if (this.#bytes < this.#needed) return [];
    const [first] = this.#chunks;
    const buffer =
      this.#chunks.length === 1 && first !== undefined
        ? first
        : Buffer.concat(this.#chunks, this.#bytes);
    const runs: PacketRun[] = [];
    let run = new PacketRun(buffer);
    let offset = 0;
    this.#needed = HEADER_BYTES;
    while (buffer.length - offset >= HEADER_BYTES) {
      const start = offset + HEADER_BYTES;
      const length = buffer.readUIntLE(offset, 3);
      if (buffer.length - start < length) {
        this.#needed = HEADER_BYTES + length;
        break;
      }
      this.#count(buffer.readUInt8(offset + 3));
      offset = start + length;
      if (length < FULL && this.#parts.length === 0) {
        run.add(start, offset);
        continue;
      }
      this.#parts.push(buffer.subarray(start, offset));
      if (length === FULL) continue;
      if (run.length > 0) runs.push(run);
      runs.push(PacketRun.of(Buffer.concat(this.#parts)));
      run = new PacketRun(buffer);
      this.#parts = [];
    }
    if (run.length > 0) runs.push(run);
    const rest = buffer.subarray(offset);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    return runs;
  }

  #count(number: number): void {
    // A server that ends an idle connection says so with a packet that answers nothing.
    if (number !== this.#number && number !== 0) {
      throw new TidemarkError(
        "SERVER_UNREACHABLE",
        `the connection's packets are out of order: number ${number} where ${this.#number} was expected`,
        { hint: "what is between Tidemark and the server? connect directly" },
      );
    }
    this.#number = (number + 1) & 0xff;
  }

  async #drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#socket.once("drain", resolve);
    });
    this.#failIfEnded();
  }

  #end(error: Error | undefined): void {
    if (this.#ended === undefined) {
      this.#ended = error ?? connectionLost();
      this.#onEnd?.();
    }
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  #failIfEnded(): void {
    if (this.#ended !== undefined) throw this.#ended;
  }
}

function connectionLost(): Error {
  return Object.assign(new Error("the server closed the connection"), {
    code: "ECONNRESET",
  });
}
