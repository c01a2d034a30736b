import { writeSync } from "node:fs";
import { openCatalog } from "../../src/archive/catalog.ts";
import { prepareSweep, runSweep } from "../../src/archive/sweep.ts";
import { dieAt } from "../../src/cli/die-at.ts";
import { installFailpoint } from "../../src/platform/failpoints.ts";
import { openDirectoryStore } from "../../src/storage/directory/directory-store.ts";
import { never } from "./never.ts";
import {
  catalogOptions,
  freeAct,
  nextSegment,
  ORDERS,
  SAMPLE_SOURCE,
} from "./sample-catalog.ts";

// Run as a process: goes on with the archive in the directory given, appends past a checkpoint, and sweeps. It dies by SIGKILL at
// the n-th time that it comes to the failpoint given. The number of each entry that it was told is durable goes to stdout.
const [directory = "", name = "", times] = process.argv.slice(2);
installFailpoint(dieAt({ name, hit: Number(times) }));

function say(entry: { readonly n: number }): void {
  writeSync(1, `${entry.n}\n`);
}

await using store = await openDirectoryStore({ directory });
const catalog = await openCatalog(catalogOptions(store), never);
const writer = await catalog.takeEpoch(SAMPLE_SOURCE, never);
say(writer.state.entry);
for (let turn = 0; turn < 6; turn++) {
  const act = nextSegment(writer.state, 1, `${process.pid}`);
  const bytes = Buffer.from(act.object.sha256);
  await store.create(act.object.key, { kind: "bytes", bytes }, never);
  say(await writer.append(act, never));
  say(await catalog.append(freeAct(turn), never));
}
const clock = { now: () => BigInt(Date.now() + 60_000) * 1000n };
const options = { store, source: ORDERS, clock, minimumAgeMs: 0 };
await runSweep(store, await prepareSweep(options, never), never);
