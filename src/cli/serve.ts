import type { Config } from "../config/config.ts";
import { SourceObserver } from "../services/observe-source.ts";
import type { ServiceState } from "../services/service-state.ts";
import { ServiceStatus } from "../services/service-status.ts";
import type { RunningServer } from "../server/start-server.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import type { CommandContext } from "./context.ts";
import { openSourceAdmin, openSourceCatalog } from "./wiring.ts";

/** The HTTP interface of `run`. Throws CONFIG when it cannot listen. */
export async function serve(
  of: {
    readonly config: Config;
    readonly states: ServiceState;
    readonly store: ObjectStore;
  },
  context: CommandContext,
): Promise<RunningServer> {
  const { config, states, store } = of;
  const { http } = config;
  const observed = await Promise.all(
    [...config.sources.values()].map(async (source) => ({
      source: source.name,
      rpoMs: source.rpoMs,
      observer: new SourceObserver({
        openCatalog: () => openSourceCatalog(store, source.name, context),
        admin: await openSourceAdmin(source),
      }),
    })),
  );
  const { startServer } = await import("../server/start-server.ts");
  const server = await startServer({
    listen: http,
    token: () => http.token(),
    status: new ServiceStatus({
      state: states,
      observed,
      clock: context.clock,
    }),
    version: context.version,
    logger: context.logger,
    signal: context.signal,
  });
  context.logger.info({ url: server.url }, "listening");
  return server;
}
