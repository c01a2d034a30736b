import type { KafkaLocation } from "../config/kafka-location.ts";
import { TidemarkError } from "../core/errors.ts";
import type { Logger } from "../platform/logger.ts";
import { tlsOptions } from "./database-address.ts";

/** A journal's location as the adapter wants it; wiring.ts, which names it, holds it to that. */
export function kafkaOptions(location: KafkaLocation, logger: Logger) {
  const { brokers, topicPrefix, replicationFactor, tls, sasl } = location;
  return {
    ...{ brokers, topicPrefix, replicationFactor, logger },
    tls: () => tlsOptions(tls),
    ...(sasl && {
      sasl: {
        mechanism: sasl.mechanism,
        username: sasl.username,
        password: async () => {
          const password = await sasl.password();
          if (password !== undefined) return password;
          throw new TidemarkError("CONFIG", "the Kafka login has no password", {
            hint: "set journal.kafka.sasl.passwordFile or passwordCommand",
          });
        },
      },
    }),
  };
}
