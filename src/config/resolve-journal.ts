import { resolve } from "node:path";
import type { JournalLocation } from "./config.ts";
import { isLocalHost } from "./database-login.ts";
import type { Environment } from "./environment.ts";
import { brokerHost, type KafkaLocation } from "./kafka-location.ts";
import { choosePassword, resolveTls, type Refuse } from "./resolve-login.ts";
import type { ConfigFile } from "./schema.ts";

const DEFAULT_DIRECTORY = "./tidemark/journal";

interface Place {
  readonly directory: string;
  readonly env: Environment;
}

/** Where the journal is, and the folder on this machine where segments are put together. */
export function resolveJournal(
  { directory, kafka }: ConfigFile["journal"],
  place: Place,
  refuse: Refuse,
): { readonly journal: JournalLocation; readonly workDirectory: string } {
  if (kafka === undefined) {
    const own = resolve(place.directory, directory ?? DEFAULT_DIRECTORY);
    return { journal: { directory: own }, workDirectory: own };
  }
  return {
    journal: { kafka: resolveKafka(kafka, place, refuse) },
    workDirectory: resolve(place.directory, kafka.workDirectory),
  };
}

function resolveKafka(
  written: NonNullable<ConfigFile["journal"]["kafka"]>,
  place: Place,
  refuse: Refuse,
): KafkaLocation {
  const { brokers, topicPrefix, replicationFactor = 3, tls, sasl } = written;
  const unsaid = { mode: undefined, ca: undefined, cert: undefined };
  const hosts = brokers.map(brokerHost);
  const host = hosts.find((each) => !isLocalHost(each)) ?? hosts[0] ?? "";
  return {
    ...{ brokers, topicPrefix, replicationFactor },
    tls: resolveTls(
      { url: { host, tls: { ...unsaid, key: undefined } }, tls },
      place.directory,
      refuse,
    ),
    sasl: sasl && {
      mechanism: sasl.mechanism,
      username: sasl.username,
      password: choosePassword(
        { ...sasl, url: { password: undefined } },
        place,
        (key, message) => refuse(["sasl", ...key], message),
      ),
    },
  };
}
