import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { orders } from "./journal-samples.ts";
import { never } from "./never.ts";

// Run as a process: reads transaction 1 at the broker and prefix given and prints how many bytes it had, and by how many
// bytes the process grew meanwhile.
const [broker = "", topicPrefix = ""] = process.argv.slice(2);
const journal = new KafkaJournal({
  brokers: [broker],
  ...{ topicPrefix, replicationFactor: 1 },
});
const before = process.memoryUsage.rss();
let most = before;
let bytes = 0;
reading: for await (const batch of journal.read(orders, 0, never)) {
  most = Math.max(most, process.memoryUsage.rss());
  for (const record of batch) {
    if (record.kind !== "part") continue;
    bytes += record.bytes.length;
    if (record.header.commit !== undefined) break reading;
  }
}
process.stdout.write(JSON.stringify({ bytes, grownBytes: most - before }));
