import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { answerId, FrameCutter, isProduce, requestId } from "./kafka-frames.ts";
import type { KafkaNode } from "./kafka-server.ts";

/** What happens to one produce request, or to its answer. */
export type ProduceFault =
  /** It never reaches the broker, and nobody says so. */
  | "request-lost"
  /** The connection breaks before the broker has it. */
  | "request-cut"
  /** The broker writes it; the answer never comes. */
  | "answer-lost"
  /** The broker writes it; the connection breaks instead of an answer. */
  | "answer-cut"
  /** It reaches the broker twice. */
  | "request-twice"
  | "answer-twice"
  | "none"
  /** It reaches the broker when this is let go, whether who sent it still waits or not. */
  | { readonly hold: "request"; readonly until: Promise<void> }
  | { readonly hold: "answer"; readonly until: Promise<void> };

export interface KafkaProxy extends AsyncDisposable {
  readonly address: string;
  /** For the produce requests to come, one each; those after them pass. */
  next(...faults: readonly ProduceFault[]): void;
  /** How many of those have happened. */
  readonly happened: number;
  /** Resolves when a produce request has come that has no answer yet. */
  whenProduced(): Promise<void>;
}

/** Between clients and one broker, which names it to them as itself. */
export async function startKafkaProxy(node: KafkaNode): Promise<KafkaProxy> {
  const proxy = new Proxy(node);
  await proxy.listen();
  return proxy;
}

class Proxy implements KafkaProxy {
  readonly address: string;
  happened = 0;
  private readonly broker: number;
  private readonly port: number;
  private readonly faults: ProduceFault[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.serve(client));
  private produced = Promise.withResolvers<void>();

  constructor(node: KafkaNode) {
    this.broker = node.behindProxy.port;
    this.port = node.behindProxy.listen;
    this.address = `127.0.0.1:${this.port}`;
  }

  async listen(): Promise<void> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
  }

  next(...faults: readonly ProduceFault[]): void {
    this.faults.push(...faults);
  }

  whenProduced(): Promise<void> {
    this.produced = Promise.withResolvers<void>();
    return this.produced.promise;
  }

  private serve(client: Socket): void {
    const broker = this.connect();
    this.keep(client);
    const link = { client, broker, answers: new Map<number, ProduceFault>() };
    const requests = new FrameCutter();
    const answers = new FrameCutter();
    client.on("data", (bytes: Buffer) => {
      for (const frame of requests.take(bytes)) this.request(link, frame);
    });
    broker.on("data", (bytes: Buffer) => {
      for (const frame of answers.take(bytes)) this.answer(link, frame);
    });
    client.on("close", () => broker.destroy());
    broker.on("close", () => client.destroy());
  }

  private request(link: Link, frame: Buffer): void {
    const fault = isProduce(frame) ? this.take() : "none";
    if (typeof fault === "object") {
      if (fault.hold === "answer") link.answers.set(requestId(frame), fault);
      const now = fault.hold === "answer";
      if (now) link.broker.write(frame);
      else void fault.until.then(() => this.late(link, frame));
      return;
    }
    switch (fault) {
      case "request-lost":
        return;
      case "request-cut":
        link.client.destroy();
        return;
      case "answer-lost":
      case "answer-cut":
      case "answer-twice":
        link.answers.set(requestId(frame), fault);
        break;
      case "request-twice":
        this.onItsOwn(frame);
        break;
      case "none":
        break;
      default:
        fault satisfies never;
    }
    link.broker.write(frame);
  }

  private answer({ client, answers }: Link, frame: Buffer): void {
    const fault = answers.get(answerId(frame)) ?? "none";
    answers.delete(answerId(frame));
    if (typeof fault === "object") {
      void fault.until.then(() => client.write(frame));
      return;
    }
    if (fault === "answer-lost") return;
    if (fault === "answer-cut") {
      client.destroy();
      return;
    }
    client.write(frame);
    if (fault === "answer-twice") client.write(frame);
  }

  private take(): ProduceFault {
    this.produced.resolve();
    const fault = this.faults.shift();
    if (fault !== undefined) this.happened++;
    return fault ?? "none";
  }

  /** As a network may that kept it: over the connection it came by, or any other. */
  private late(link: Link, frame: Buffer): void {
    if (link.broker.writable) link.broker.write(frame);
    else this.onItsOwn(frame);
  }

  private onItsOwn(frame: Buffer): void {
    const broker = this.connect();
    broker.write(frame);
    broker.once("data", () => broker.destroy());
  }

  private connect(): Socket {
    const socket = connect(this.broker, "127.0.0.1");
    this.keep(socket);
    return socket;
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    // A broken connection is what this is for.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.sockets.delete(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }
}

interface Link {
  readonly client: Socket;
  readonly broker: Socket;
  /** By the request's number. */
  readonly answers: Map<number, ProduceFault>;
}
