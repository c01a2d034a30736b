import type { Duplex } from "node:stream";
import pg from "pg";
import { clientConfig } from "../../src/engine/postgres/connection.ts";
import { parseLsn } from "../../src/core/position.ts";
import { addressOf } from "../../test/support/postgres-source.ts";

/*
 * The ceiling: a walsender's bytes read by Node and thrown away, the socket paused 1 ms after each read so that reads become
 * larger. Prints one JSON line. Usage: drain-bare.ts <url> <slot> <publication> <end LSN>
 */
const [url, slot, publication, end] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const client = new pg.Client({
  ...(await clientConfig(addressOf(url), {
    name: "bench",
    replication: true,
  })),
});
await client.connect();
const { connection } = client as unknown as {
  connection: {
    stream: Duplex;
    on(event: "copyData", listener: (message: { chunk: Buffer }) => void): void;
  };
};
const target = parseLsn(end);
const startedMs = performance.now();
const startedCpu = process.cpuUsage();
let messages = 0;
connection.on("copyData", ({ chunk }) => {
  messages++;
  // Commit: its end LSN stands behind the header, kind, flags and commit LSN.
  if (chunk[0] !== 0x77 || chunk[25] !== 0x43) return;
  if (chunk.readBigUInt64BE(35) < target) return;
  const cpu = process.cpuUsage(startedCpu);
  console.log(
    JSON.stringify({
      seconds: (performance.now() - startedMs) / 1000,
      messages,
      cpuMicros: cpu.user + cpu.system,
    }),
  );
  process.exit(0);
});
connection.stream.on("data", () => {
  connection.stream.pause();
  setTimeout(() => connection.stream.resume(), 1);
});
await client.query(
  `START_REPLICATION SLOT ${slot} LOGICAL 0/0 (proto_version '1', publication_names '${publication}')`,
);
