import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { killChild } from "./child-process.ts";
import { freePorts } from "./free-ports.ts";
import { spawnKafka } from "./kafka-binaries.ts";
import { brokerSettings, type BrokerPorts } from "./kafka-settings.ts";
import { kafkaAdmin } from "./kafka-client.ts";
import { tempDirectory } from "./temp-directory.ts";
import { waitUntil } from "./wait-until.ts";

/** Brokers of one test file on loopback, with a folder of their own. */
export interface KafkaServer extends AsyncDisposable {
  readonly brokers: readonly string[];
  readonly nodes: readonly KafkaNode[];
}

export interface KafkaNode {
  readonly id: number;
  /** What clients use that no proxy stands before. */
  readonly address: string;
  /** Where a proxy forwards to, and the port that it must listen on: the broker names it to who comes that way. */
  readonly behindProxy: { readonly port: number; readonly listen: number };
  /** SIGKILL, and it is gone. */
  kill(): Promise<void>;
  /** Begins again with what is on its disk; does not wait until it answers. */
  start(): Promise<void>;
  /** Resolves when it answers; rejects when it has ended. */
  whenReady(): Promise<void>;
}

export interface KafkaServerOptions {
  /** 1 or 3. */
  readonly nodes?: number;
  /** More lines for every broker's settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startKafka(
  options: KafkaServerOptions = {},
): Promise<KafkaServer> {
  await using stack = new AsyncDisposableStack();
  const temp = stack.use(await tempDirectory());
  const count = options.nodes ?? 1;
  const free = await freePorts(4 * count);
  const ports = Array.from({ length: count }, (_, i): BrokerPorts => {
    const [plain, controller, proxied, proxy] = free.slice(4 * i) as [
      number,
      number,
      number,
      number,
    ];
    return { plain, controller, proxied, proxy };
  });
  const cluster = randomBytes(16).toString("base64url");
  const nodes = ports.map((own, i) => {
    const settings = brokerSettings({
      id: i + 1,
      ports,
      logs: join(temp.path, `node-${i + 1}`),
      more: options.settings ?? {},
    });
    const file = join(temp.path, `node-${i + 1}.properties`);
    return new LocalNode({ id: i + 1, ports: own, file, settings });
  });
  stack.defer(async () => {
    await Promise.all(nodes.map((node) => node.kill()));
  });
  await Promise.all(
    nodes.map(async (node) => {
      await node.format(cluster);
      await node.start();
    }),
  );
  const brokers = nodes.map((node) => node.address);
  await untilReady(nodes);
  const kept = stack.move();
  return {
    brokers,
    nodes,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

class LocalNode implements KafkaNode {
  readonly id: number;
  readonly address: string;
  readonly behindProxy: KafkaNode["behindProxy"];
  private readonly file: string;
  private readonly settings: string;
  private running: ReturnType<typeof spawnKafka> | undefined;

  constructor(at: {
    readonly id: number;
    readonly ports: BrokerPorts;
    readonly file: string;
    readonly settings: string;
  }) {
    this.id = at.id;
    this.address = `127.0.0.1:${at.ports.plain}`;
    this.behindProxy = { port: at.ports.proxied, listen: at.ports.proxy };
    this.file = at.file;
    this.settings = at.settings;
  }

  async format(cluster: string): Promise<void> {
    await writeFile(this.file, this.settings);
    const { child, said } = spawnKafka("kafka.tools.StorageTool", [
      ...["format", `--cluster-id=${cluster}`, "--config", this.file],
    ]);
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`no storage was formatted: ${said()}`);
  }

  start(): Promise<void> {
    this.running = spawnKafka("kafka.Kafka", [this.file]);
    return Promise.resolve();
  }

  /** Throws with what the broker said when it has ended. */
  requireAlive(): void {
    const { child, said } = this.running ?? {};
    if (child?.exitCode === null && child.signalCode === null) return;
    throw new Error(`broker ${this.id} has ended: ${said?.() ?? ""}`);
  }

  whenReady(): Promise<void> {
    return untilReady([this]);
  }

  async kill(): Promise<void> {
    if (this.running !== undefined) await killChild(this.running.child);
  }
}

async function untilReady(nodes: readonly LocalNode[]): Promise<void> {
  await waitUntil(
    "the brokers are one cluster",
    async () => {
      for (const node of nodes) node.requireAlive();
      await using admin = await kafkaAdmin([nodes[0]?.address ?? ""]).catch(
        () => undefined,
      );
      if (admin === undefined) return false;
      const { brokers } = await admin.client.describeCluster();
      return brokers.length === nodes.length;
    },
    90_000,
  );
}
