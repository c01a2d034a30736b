import { join } from "node:path";
import { probeStore } from "../../archive/probe-store.ts";
import type { Config, SourceConfig } from "../../config/config.ts";
import { selectSources } from "../../config/select-sources.ts";
import type { Journal } from "../../journal/journal.ts";
import type { SourceState } from "../../services/source-state.ts";
import { ServiceState } from "../../services/service-state.ts";
import { slowHeapGrowth } from "../../platform/heap-growth.ts";
import { superviseSource } from "../../services/supervise-source.ts";
import type { ObjectStore } from "../../storage/object-store.ts";
import type { CommandContext } from "../context.ts";
import { serve } from "../serve.ts";
import {
  catalogIdentity,
  changeSourceFactory,
  openJournal,
  openSourceAdmin,
  openStore,
  openTableReader,
} from "../wiring.ts";

/** Of the 25 s that a service has between SIGTERM and SIGKILL; the rest is for closing. */
const SHUTDOWN_MS = 20_000;

/** Until a signal, or until every source has stopped: then it throws what stopped the first. */
export async function runService(context: CommandContext): Promise<void> {
  slowHeapGrowth();
  const config = await context.config();
  // A service without anything to do would end at once, as if all were well.
  selectSources(config, []);
  await using journal = await openJournal(config, context);
  await using store = await openStore(config.archive);
  await probeStore(store, context.signal);
  const states = new ServiceState(config.sources.keys());
  await using _server = await serve({ config, states, store }, context);
  const running = [...config.sources.values()].map((source) =>
    runOne({ config, source, journal, store }, context, (state) => {
      states.set(source.name, state);
      logState(context, source.name, state);
    }),
  );
  const ends = await Promise.allSettled(running);
  // Stopped on purpose: what was being written is durable or will be written again from what is.
  if (context.signal.aborted) return;
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

interface Parts {
  readonly config: Config;
  readonly source: SourceConfig;
  readonly journal: Journal;
  readonly store: ObjectStore;
}

async function runOne(
  { config, source, journal, store }: Parts,
  context: CommandContext,
  onState: (state: SourceState) => void,
): Promise<void> {
  await superviseSource(
    {
      source: source.name,
      admin: await openSourceAdmin(source),
      tables: source.tables.patterns,
      reader: await openTableReader(source),
      openChanges: await changeSourceFactory(source),
      journal,
      store,
      rpoMs: source.rpoMs,
      shutdownMs: SHUTDOWN_MS,
      baseEveryMs: source.baseEveryMs,
      workFolder: join(config.workDirectory, source.name, "work"),
      ...catalogIdentity(context),
      onState,
    },
    context.signal,
  );
}

function logState(
  context: CommandContext,
  source: string,
  state: SourceState,
): void {
  switch (state.kind) {
    case "starting":
      return;
    case "running":
      return context.logger.info({ source }, "capturing");
    case "waiting":
      return;
    case "stopped":
      return context.logger.error(
        { source, code: state.code, hint: state.hint },
        state.message,
      );
  }
}
