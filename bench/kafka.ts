import type { EncodedPart } from "../src/core/journal-record.ts";
import { parseSourceName } from "../src/core/source-name.ts";
import { KafkaJournal } from "../src/journal/kafka/kafka-journal.ts";
import { startKafka } from "../test/support/kafka-server.ts";
import { shapeRecord, startAt } from "../test/support/journal-samples.ts";
import { BareLoop } from "./support/bare-kafka.ts";
import { partsOfOrders } from "./support/parts-of-orders.ts";
import { median, report } from "./support/report.ts";

const MIB = 1024 * 1024;
const PARTS_PER_APPEND = 4;
const SMALL_APPENDS = 400;

/**
 * Parts of ~256 KiB into a topic, as capture writes them while a backlog is drained, against kafkajs alone with the same bytes as a message
 * each, as many in one send, idempotent, acknowledged by all, compressed alike. Then one small transaction at a time, as at the
 * live tail. Then both topics read. In turn, with one broker on this machine.
 */
export async function benchKafka(options: {
  readonly mib: number;
  readonly runs: number;
}): Promise<void> {
  await using server = await startKafka();
  const { signal } = new AbortController();
  const seconds = {
    ...{ ours: [] as number[], bare: [] as number[] },
    ...{ oursSmall: [] as number[], bareSmall: [] as number[] },
    read: [] as number[],
  };
  let bytes = 0;
  for (let run = 0; run < options.runs; run++) {
    const large = partsOfOrders({ seq: 1, bytes: options.mib * MIB });
    const small = Array.from({ length: SMALL_APPENDS }, (_, i) =>
      partsOfOrders({ seq: 2 + i, bytes: 500 }),
    ).flat();
    bytes = large.reduce((sum, part) => sum + part.bytes.length, 0);
    const source = parseSourceName("orders");
    await using journal = new KafkaJournal({
      brokers: server.brokers,
      ...{ topicPrefix: `run-${run}.`, replicationFactor: 1 },
    });
    await using writer = await journal.openWriter(source, signal);
    await writer.begin(startAt(0), signal);
    await writer.append([shapeRecord], signal);
    await using bare = await BareLoop.open(server.brokers, `bare-${run}`);
    // In turn, append by append: whatever else the machine does meets both.
    const both = async (
      groups: readonly (readonly EncodedPart[])[],
      into: { readonly ours: number[]; readonly bare: number[] },
    ) => {
      let ours = 0;
      let theirs = 0;
      for (const group of groups) {
        theirs += await timed(() => bare.send(group));
        ours += await timed(() => writer.append(group, signal));
      }
      into.ours.push(ours);
      into.bare.push(theirs);
    };
    await both(groupsOf(large, PARTS_PER_APPEND), seconds);
    await both(groupsOf(small, 1), {
      ...{ ours: seconds.oursSmall, bare: seconds.bareSmall },
    });
    seconds.read.push(
      await timed(async () => {
        for await (const batch of journal.read(source, 0, signal)) {
          const last = batch.at(-1);
          if (last?.kind === "part" && last.header.seq > 1) break;
        }
      }),
    );
  }
  const { ours, bare, oursSmall, bareSmall, read } = seconds;
  const mibPerSecond = (each: readonly number[]) => bytes / MIB / median(each);
  report(
    "kafka",
    { mib: options.mib, runs: options.runs },
    {
      "appends of 4 parts of ~256 KiB, MiB/s": mibPerSecond(ours),
      "kafkajs alone, the same parts, MiB/s": mibPerSecond(bare),
      "ratio to kafkajs alone": median(bare) / median(ours),
      "appends of ~500 B, ms each": (median(oursSmall) * 1000) / SMALL_APPENDS,
      "kafkajs alone, ms each": (median(bareSmall) * 1000) / SMALL_APPENDS,
      "ratio of small appends": median(bareSmall) / median(oursSmall),
      "read back, MiB/s": mibPerSecond(read),
    },
  );
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += size)
    groups.push(items.slice(at, at + size));
  return groups;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}
