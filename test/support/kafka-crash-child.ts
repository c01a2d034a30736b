import { writeSync } from "node:fs";
import { dieAt } from "../../src/cli/die-at.ts";
import { KafkaJournal } from "../../src/journal/kafka/kafka-journal.ts";
import { installFailpoint } from "../../src/platform/failpoints.ts";
import {
  orders,
  shapeRecord,
  startAt,
  transaction,
} from "./journal-samples.ts";
import { never } from "./never.ts";

// Run as a process: opens the journal at the broker and prefix given and goes through all that a writer does. It dies by SIGKILL
// at the n-th time that it comes to the failpoint given. What it was told is durable goes to stdout, a line each.
const [broker = "", topicPrefix = "", name = "", times] = process.argv.slice(2);
installFailpoint(dieAt({ name, hit: Number(times) }));

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

const journal = new KafkaJournal({
  brokers: [broker],
  ...{ topicPrefix, replicationFactor: 1, rollBytes: 600 },
});
const writer = await journal.openWriter(orders, never);
say(`head ${writer.head?.seq ?? -1}`);
if (writer.head === undefined) {
  await writer.begin(startAt(0), never);
  say("head 0");
}
await writer.append([shapeRecord], never);
const head = writer.head?.seq ?? 0;
for (let seq = head + 1; seq <= head + 6; seq++) {
  for (const part of transaction(seq, { parts: 3 }))
    await writer.append([part], never);
  say(`head ${seq}`);
}
// Larger than a message: in pieces.
await writer.append(
  transaction(head + 7, { valueBytes: 3 * 1024 * 1024 }),
  never,
);
say(`head ${head + 7}`);
await journal.trim(orders, head + 4, never);
say("beginning");
await writer.begin(startAt(100), never);
say("head 100");
for (let seq = 101; seq <= 104; seq++) {
  await writer.append(transaction(seq, { parts: 2 }), never);
  say(`head ${seq}`);
}
await journal[Symbol.asyncDispose]();
