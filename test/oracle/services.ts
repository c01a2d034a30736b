import { startKafka } from "../support/kafka-server.ts";
import {
  type S3Server,
  startS3Server,
  useLogin,
} from "../support/s3-server.ts";
import type { Combination } from "./combinations.ts";
import type { Places } from "./installation.ts";
import type { OracleOptions } from "./options.ts";
import {
  BROKER_DISTURBANCES,
  RemoteService,
  type ServiceDisturbance,
  STORE_DISTURBANCES,
} from "./remote-service.ts";

interface Store {
  readonly server: S3Server;
  readonly service: RemoteService;
}

/** The brokers and the store of a soak; each round has topics and a bucket of its own there. */
export class Services implements AsyncDisposable {
  private readonly brokers: RemoteService | undefined;
  private readonly store: Store | undefined;
  private readonly stack: AsyncDisposableStack;
  private rounds = 0;

  private constructor(
    brokers: RemoteService | undefined,
    store: Store | undefined,
    stack: AsyncDisposableStack,
  ) {
    this.brokers = brokers;
    this.store = store;
    this.stack = stack;
  }

  /** Those that are asked for. */
  static async start({
    archives,
    journals,
  }: Pick<OracleOptions, "archives" | "journals">): Promise<Services> {
    await using stack = new AsyncDisposableStack();
    let store: Store | undefined;
    if (archives.includes("s3")) {
      const server = stack.use(await startS3Server());
      useLogin(server.root);
      store = {
        server,
        service: stack.use(await RemoteService.ofStore(server)),
      };
    }
    const brokers = journals.includes("kafka")
      ? stack.use(await RemoteService.ofBrokers(stack.use(await startKafka())))
      : undefined;
    return new Services(brokers, store, stack.move());
  }

  /** Of one round. */
  async open({
    archive,
    journal,
  }: Pick<Combination, "archive" | "journal">): Promise<Places> {
    const { brokers, store } = this;
    this.rounds++;
    return {
      ...(brokers !== undefined &&
        journal === "kafka" && {
          kafka: brokersAt(brokers, `round-${this.rounds}.`),
        }),
      ...(store !== undefined &&
        archive === "s3" && { bucket: await bucketAt(store) }),
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stack.disposeAsync();
  }
}

/** Behind the line that is cut. */
export function brokersAt(
  service: RemoteService,
  prefix: string,
): NonNullable<Places["kafka"]> {
  return { brokers: [service.address], prefix, service };
}

/** A new one, behind the line that is cut. */
export async function bucketAt({
  server,
  service,
}: Store): Promise<NonNullable<Places["bucket"]>> {
  return {
    endpoint: `http://${service.address}`,
    bucket: await server.makeBucket(),
    login: server.root,
    service,
  };
}

/** What can happen to what a round keeps there, and how often beside everything else that happens to `run`. */
export function disturbancesOf({
  kafka,
  bucket,
}: Places): readonly ServiceDisturbance[] {
  const each = [
    ...(kafka?.service === undefined ? [] : BROKER_DISTURBANCES),
    ...(bucket?.service === undefined ? [] : STORE_DISTURBANCES),
  ];
  return [...each, ...each];
}
