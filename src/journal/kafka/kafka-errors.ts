import { TidemarkError } from "../../core/errors.ts";
import { describeTopic, type KafkaPlace } from "./kafka-place.ts";

const AGAIN =
  "tried again by itself; what the journal holds is read from it then";

/** The one place where kafkajs' errors get our codes; what is none of its errors passes as it is. */
export function kafkaError(
  place: KafkaPlace,
  error: unknown,
  topic?: string,
): unknown {
  const cause = rootOf(error);
  if (cause === undefined) return error;
  const where =
    topic === undefined
      ? `Kafka (${place.brokers.join(", ")})`
      : describeTopic(place, topic);
  const { type, message } = cause;
  const details = { brokers: place.brokers, topic, kafka: type ?? cause.name };
  if (type === "INVALID_REPLICATION_FACTOR") {
    return new TidemarkError(
      "PREFLIGHT",
      `${where} cannot be made with ${place.replicationFactor} copies: ${message}`,
      {
        hint: "there are not as many brokers: start the missing ones, or set `journal.kafka.replicationFactor: 1` if losing a disk may lose what the archive does not have yet",
        ...{ details, cause: error },
      },
    );
  }
  if (isLogin(cause)) {
    return new TidemarkError("ACCESS_DENIED", `${where}: ${message}`, {
      hint: "look at `journal.kafka.sasl`: mechanism, username, password",
      ...{ details, cause: error },
    });
  }
  if (type?.endsWith("_AUTHORIZATION_FAILED") === true) {
    return new TidemarkError("RIGHT_MISSING", `${where}: ${message}`, {
      hint: grants(place, topic),
      ...{ details, cause: error },
    });
  }
  if (cause.retriable === true || isConnection(cause)) {
    return new TidemarkError("JOURNAL_UNREACHABLE", `${where}: ${message}`, {
      hint: AGAIN,
      ...{ details, cause: error },
    });
  }
  return new TidemarkError("JOURNAL_FATAL", `${where}: ${message}`, {
    hint: AGAIN,
    ...{ details, cause: error },
  });
}

/** The `type` of the protocol's error that kafkajs met, if it met one: `OFFSET_OUT_OF_RANGE`. */
export function protocolType(error: unknown): string | undefined {
  return rootOf(error)?.type;
}

/** What is to be granted to whoever writes and reads the journal; docs/permissions.md says what each is for. */
function grants({ topicPrefix }: KafkaPlace, topic?: string): string {
  const resource =
    topicPrefix === ""
      ? `--topic ${topic ?? "TOPIC"}`
      : `--topic ${topicPrefix} --resource-pattern-type prefixed`;
  return `kafka-acls.sh --bootstrap-server … --add --allow-principal User:… ${resource} --operation Create --operation Describe --operation DescribeConfigs --operation Read --operation Write --operation Delete`;
}

/** As kafkajs makes them; a class of its own for each is more than what tells them apart. */
interface KafkaJSError extends Error {
  readonly type?: string;
  readonly retriable?: boolean;
}

/** What began it: kafkajs wraps an error when it gives up trying again. Undefined when it is none of its own. */
function rootOf(error: unknown): KafkaJSError | undefined {
  let found: KafkaJSError | undefined;
  for (let at = error; at instanceof Error; at = at.cause) {
    if (!at.name.startsWith("KafkaJS")) break;
    found = at;
    // One for each topic that was to be made.
    const [first] =
      (at as { readonly errors?: readonly unknown[] }).errors ?? [];
    if (first !== undefined) return rootOf(first);
  }
  return found;
}

function isLogin({ name, type }: KafkaJSError): boolean {
  return (
    name === "KafkaJSSASLAuthenticationError" ||
    type === "SASL_AUTHENTICATION_FAILED" ||
    type === "ILLEGAL_SASL_STATE" ||
    type === "UNSUPPORTED_SASL_MECHANISM"
  );
}

function isConnection({ name }: KafkaJSError): boolean {
  return /Connection|Timeout|Broker|Metadata/.test(name);
}

export function journalGap(where: string, why: string): TidemarkError {
  return new TidemarkError("JOURNAL_GAP", `${where}: ${why}`, {
    hint: "read again from a transaction that the journal holds; capture begins the journal at the archive's head",
    details: { topic: where },
  });
}

/** Records that are there are not what was written. */
export function journalDamaged(
  place: { readonly where: string; readonly offset: number },
  why: string,
  cause?: unknown,
): TidemarkError {
  return new TidemarkError(
    "JOURNAL_DAMAGED",
    `${place.where}, offset ${place.offset}: ${why}`,
    {
      hint: "delete the topic: what the archive lacks is read from the source again",
      details: { topic: place.where, offset: place.offset },
      cause,
    },
  );
}

/** Records that the brokers had confirmed are gone. */
export function journalLost(where: string, why: string): TidemarkError {
  return new TidemarkError("JOURNAL_LOST", `${where}: ${why}`, {
    hint: "the topic was deleted, or a broker that lacked records became its leader: find out which, then start again; the archive is whole, and what it lacks is read from the source again",
    details: { topic: where },
  });
}

/** What is durable is known only once a new writer has read it. */
export function journalUnsure(where: string, why: string): TidemarkError {
  return new TidemarkError("JOURNAL_FATAL", `${where}: ${why}`, {
    hint: AGAIN,
    details: { topic: where },
  });
}

export function journalFenced(where: string, by: string): TidemarkError {
  return new TidemarkError(
    "FENCED",
    `${where}: a newer writer has the journal: ${by}`,
    {
      hint: "end the other `tidemark run` of this source; then start this one again",
      details: { topic: where },
    },
  );
}
