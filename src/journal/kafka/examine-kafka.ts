import type { SourceName } from "../../core/source-name.ts";
import type { JournalProblem } from "../journal-problem.ts";
import { openAdmin } from "./kafka-client.ts";
import { kafkaError } from "./kafka-errors.ts";
import { kafkaPlace, type KafkaJournalOptions } from "./kafka-journal.ts";
import { describeTopic, topicOf } from "./kafka-place.ts";
import { PartitionReader } from "./partition-reader.ts";
import { readTopic } from "./prepare-topic.ts";
import { topicProblems } from "./topic-settings.ts";

/** What is wrong with the brokers and the topics of these sources, as far as looking shows it; makes nothing. */
export async function examineKafka(
  options: KafkaJournalOptions,
  sources: readonly SourceName[],
  signal: AbortSignal,
): Promise<readonly JournalProblem[]> {
  const place = kafkaPlace(options);
  await using admin = await openAdmin(place, signal);
  const problems: JournalProblem[] = [];
  for (const source of sources) {
    const topic = topicOf(place, source);
    try {
      const facts = await readTopic(admin.client, topic);
      if (facts === undefined) {
        const { brokers } = await admin.client.describeCluster();
        if (brokers.length < place.replicationFactor)
          problems.push({
            severity: "error",
            code: "too-few-brokers",
            message: `${describeTopic(place, topic)} is to have ${place.replicationFactor} copies, and there are ${brokers.length} brokers`,
            mend: "start the missing ones, or set `journal.kafka.replicationFactor: 1` if losing a disk may lose what the archive does not have yet",
          });
        continue;
      }
      for (const { what, mend } of topicProblems(place, topic, facts))
        problems.push({
          severity: "error",
          code: "topic-unsafe",
          message: `${describeTopic(place, topic)}: ${what}`,
          mend,
        });
      await using reader = await PartitionReader.open(place, topic, signal);
      await reader.offsets(signal);
    } catch (error) {
      throw kafkaError(place, error, topic);
    }
  }
  return problems;
}
