import { TidemarkError } from "../../core/errors.ts";
import { describeTopic, type KafkaPlace } from "./kafka-place.ts";

/** What a topic is made with. */
export const TOPIC_SETTINGS = {
  "cleanup.policy": "delete",
  "retention.ms": "-1",
  "retention.bytes": "-1",
  "message.timestamp.type": "CreateTime",
  "max.message.bytes": String(2 * 1024 * 1024),
  "unclean.leader.election.enable": "false",
} as const;

/** Each record becomes several below this, and costs its own round. */
const LEAST_MESSAGE_BYTES = 64 * 1024;

export interface TopicFacts {
  readonly partitions: number;
  readonly replicas: number;
  readonly settings: ReadonlyMap<string, string>;
}

/** How many copies must have a record before it counts as written. */
export function leastInSync({ replicationFactor }: KafkaPlace): number {
  return replicationFactor === 1 ? 1 : 2;
}

export interface TopicProblem {
  readonly what: string;
  readonly mend: string;
}

/** What would let acknowledged records vanish, and the command that mends it. */
export function topicProblems(
  place: KafkaPlace,
  topic: string,
  facts: TopicFacts,
): TopicProblem[] {
  const problems: TopicProblem[] = [];
  if (facts.partitions !== 1) {
    problems.push({
      what: `it has ${facts.partitions} partitions, and a history is in one`,
      mend: `kafka-topics.sh --bootstrap-server ${place.brokers.join(",")} --delete --topic ${topic} (Tidemark makes it as it must be)`,
    });
  }
  if (facts.replicas < place.replicationFactor) {
    problems.push({
      what: `it has ${facts.replicas} copies, journal.kafka.replicationFactor wants ${place.replicationFactor}`,
      mend: `kafka-reassign-partitions.sh with ${place.replicationFactor} replicas, or \`replicationFactor: ${facts.replicas}\` if so few are meant`,
    });
  }
  for (const [name, right] of wanted(place)) {
    const value = facts.settings.get(name) ?? "";
    if (right.holds(value)) continue;
    problems.push({
      what: `${name} is ${value === "" ? "not known" : value}: ${right.why}`,
      mend: alterCommand(place, topic, `${name}=${right.value}`),
    });
  }
  return problems;
}

interface Wanted {
  readonly value: string;
  readonly why: string;
  readonly holds: (value: string) => boolean;
}

function wanted(place: KafkaPlace): [string, Wanted][] {
  const exactly = (value: string, why: string): Wanted => ({
    ...{ value, why },
    holds: (found) => found === value,
  });
  const atLeast = (least: number, value: string, why: string): Wanted => ({
    ...{ value, why },
    holds: (found) => Number(found) >= least,
  });
  const { "max.message.bytes": messageBytes } = TOPIC_SETTINGS;
  return [
    [
      "cleanup.policy",
      exactly("delete", "compaction takes records out of a history"),
    ],
    [
      "retention.ms",
      exactly("-1", "records would go before the archive has them"),
    ],
    [
      "retention.bytes",
      exactly("-1", "records would go before the archive has them"),
    ],
    [
      "message.timestamp.type",
      exactly(
        "CreateTime",
        "an answer would not tell whether a record is written or was there before",
      ),
    ],
    [
      "unclean.leader.election.enable",
      exactly("false", "a broker that lacks records could become the leader"),
    ],
    [
      "max.message.bytes",
      atLeast(LEAST_MESSAGE_BYTES, messageBytes, "records are too small"),
    ],
    [
      "min.insync.replicas",
      atLeast(
        leastInSync(place),
        String(leastInSync(place)),
        "a record would count as written with a single copy",
      ),
    ],
  ];
}

function alterCommand(place: KafkaPlace, topic: string, setting: string) {
  return `kafka-configs.sh --bootstrap-server ${place.brokers.join(",")} --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`;
}

/** Throws PREFLIGHT with all that is wrong. */
export function refuseUnsafe(
  place: KafkaPlace,
  topic: string,
  facts: TopicFacts,
): void {
  const problems = topicProblems(place, topic, facts);
  if (problems.length === 0) return;
  throw new TidemarkError(
    "PREFLIGHT",
    `${describeTopic(place, topic)} is not safe for a journal: ${problems.map(({ what }) => what).join("; ")}`,
    {
      hint: problems.map(({ mend }) => mend).join("\n"),
      details: { topic, problems },
    },
  );
}
