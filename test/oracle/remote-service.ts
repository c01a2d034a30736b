import { setTimeout as delay } from "node:timers/promises";
import type { KafkaServer } from "../support/kafka-server.ts";
import { type Line, openLine } from "../support/line.ts";
import type { S3Server } from "../support/s3-server.ts";
import { LivingServer, type MortalServer } from "./living-server.ts";
import type { Random } from "./random.ts";

/** What happens to what keeps a journal, or an archive. */
export const BROKER_DISTURBANCES = ["kill broker", "cut broker"] as const;
export const STORE_DISTURBANCES = ["kill store", "cut store"] as const;
export type ServiceDisturbance =
  (typeof BROKER_DISTURBANCES)[number] | (typeof STORE_DISTURBANCES)[number];

/** A server behind a line: killed, or cut off, under those who use it. */
export class RemoteService implements AsyncDisposable {
  readonly living: LivingServer;
  /** What they connect to. */
  readonly address: string;
  private readonly line: Line;

  private constructor(server: MortalServer, line: Line) {
    this.living = new LivingServer(server);
    this.line = line;
    this.address = `127.0.0.1:${line.port}`;
  }

  /** The one broker there is. */
  static async ofBrokers({ nodes }: KafkaServer): Promise<RemoteService> {
    const [node] = nodes;
    if (node === undefined || nodes.length > 1)
      throw new Error("one broker is what can be cut off from its clients");
    const { port, listen } = node.behindProxy;
    const server = {
      kill: () => node.kill(),
      start: async () => {
        await node.start();
        await node.whenReady();
      },
    };
    return new RemoteService(server, await openLine({ to: port, listen }));
  }

  static async ofStore(server: S3Server): Promise<RemoteService> {
    const to = Number(new URL(server.endpoint).port);
    return new RemoteService(server, await openLine({ to }));
  }

  /** Often shorter than its clients are patient, sometimes longer. */
  async cut(random: Random): Promise<void> {
    const how = random.pick(["refused", "silent"] as const);
    const ms = random.integer(100, random.pick([1_000, 8_000]));
    await this.living.whileAway(async () => {
      await this.line.cut(how);
      await delay(ms);
      await this.line.mend();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.line[Symbol.asyncDispose]();
  }
}
