export interface BrokerPorts {
  readonly plain: number;
  readonly controller: number;
  readonly proxied: number;
  readonly proxy: number;
}

export interface BrokerPlan {
  readonly id: number;
  /** Of every node, by id − 1. */
  readonly ports: readonly BrokerPorts[];
  readonly logs: string;
  readonly more: Readonly<Record<string, string>>;
}

/** The file of one node, broker and controller in one; what a test waits for is short. */
export function brokerSettings({ id, ports, logs, more }: BrokerPlan): string {
  const own = ports[id - 1];
  if (own === undefined) throw new Error(`no node ${id}`);
  const local = (port: number) => `127.0.0.1:${port}`;
  const replicas = String(ports.length);
  const isr = String(Math.min(2, ports.length));
  const settings = {
    "process.roles": "broker,controller",
    "node.id": String(id),
    "controller.quorum.voters": ports
      .map(({ controller }, i) => `${i + 1}@${local(controller)}`)
      .join(","),
    listeners: [
      `PLAINTEXT://${local(own.plain)}`,
      `PROXY://${local(own.proxied)}`,
      `CONTROLLER://${local(own.controller)}`,
    ].join(","),
    "advertised.listeners": [
      `PLAINTEXT://${local(own.plain)}`,
      `PROXY://${local(own.proxy)}`,
    ].join(","),
    "listener.security.protocol.map":
      "PLAINTEXT:PLAINTEXT,PROXY:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": logs,
    "auto.create.topics.enable": "false",
    "num.partitions": "1",
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": isr,
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": isr,
    "group.initial.rebalance.delay.ms": "0",
    // A killed broker is let in again once its session has ended.
    "broker.session.timeout.ms": ports.length > 1 ? "4000" : "1500",
    "broker.heartbeat.interval.ms": "300",
    "controlled.shutdown.enable": "false",
    ...more,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
