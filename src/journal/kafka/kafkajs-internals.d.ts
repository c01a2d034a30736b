/** Files of kafkajs that its own types do not describe; see partition-reader.ts and kafkajs-repairs.ts for why they are used. */
declare module "kafkajs/src/cluster/index.js" {
  import type { Cluster, ConsumerConfig, KafkaConfig, Logger } from "kafkajs";

  const ClusterClass: new (
    options: KafkaConfig & {
      readonly logger: Logger;
      readonly metadataMaxAge: number;
      readonly allowAutoTopicCreation: boolean;
      readonly isolationLevel: number;
      readonly maxInFlightRequests: number | null;
      readonly retry: NonNullable<ConsumerConfig["retry"]>;
    },
  ) => Cluster;
  export default ClusterClass;
}

declare module "kafkajs/src/network/socketFactory.js" {
  import type { ISocketFactory } from "kafkajs";

  const socketFactory: () => ISocketFactory;
  export default socketFactory;
}

declare module "kafkajs/src/network/requestQueue/index.js" {
  class RequestQueue {
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
  export default RequestQueue;
}

declare module "kafkajs/src/broker/index.js" {
  class Broker {
    /** By the number of a request; null until the broker has said. */
    readonly versions: object | null;
    isConnected(): boolean;
  }
  export default Broker;
}
