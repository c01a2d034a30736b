import { afterAll, beforeAll, describe, test } from "vitest";
import { hasKafka } from "./kafka-binaries.ts";
import {
  startKafka,
  type KafkaServer,
  type KafkaServerOptions,
} from "./kafka-server.ts";
import { missingService } from "./missing-service.ts";

export interface KafkaSuite {
  /** One for the file; only inside tests and hooks. */
  readonly server: KafkaServer;
  /** The beginning of topics that no other test has. */
  newPrefix(): string;
}

/** A suite that needs Kafka; without it it is one skipped test that says so, a failed one under TIDEMARK_TEST_REQUIRE=all. */
export function describeKafka(
  name: string,
  define: (kafka: KafkaSuite) => void,
  options: KafkaServerOptions = {},
): void {
  describe(name, () => {
    if (!hasKafka()) {
      test("has brokers", ({ skip }) =>
        missingService("Kafka", "run scripts/test-services.sh", skip));
      return;
    }
    let server: KafkaServer | undefined;
    let prefixes = 0;
    beforeAll(async () => {
      server = await startKafka(options);
    });
    afterAll(() => server?.[Symbol.asyncDispose]());
    define({
      get server(): KafkaServer {
        if (server === undefined) throw new Error("only inside tests");
        return server;
      },
      newPrefix: () => `test-${++prefixes}.`,
    });
  });
}
