import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono, type Context } from "hono";
import type { Registry } from "prom-client";
import { hasCode, TidemarkError } from "../core/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { ServiceStatus } from "../services/service-status.ts";
import type { SourceStatus } from "../services/source-status.ts";
import { isAllowed } from "./authorize.ts";
import { renderMetrics } from "./metrics.ts";

export interface AppOptions {
  readonly status: ServiceStatus;
  readonly version: string;
  /** Asked anew for each request. */
  readonly token: () => Promise<string | undefined>;
  readonly logger: Logger;
  /** Of the service: what it asks of archives and sources ends with it. */
  readonly signal: AbortSignal;
}

/** The document of `/status`; `version` is that of the documents on stdout, too. */
export const STATUS_VERSION = 1;

/** /healthz, /readyz and /metrics for everybody; all else for loopback and bearers of the token. */
export function buildApp(options: AppOptions, process: Registry): Hono {
  const { status, version, signal } = options;
  const app = new Hono();
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    const { state } = status;
    const sources = Object.fromEntries(
      state.sources.map((source) => [source, state.of(source).kind]),
    );
    return context.json(
      { ready: state.isReady, sources },
      state.isReady ? 200 : 503,
    );
  });
  app.get("/metrics", async (context) => {
    const statuses = await readQuietly(options);
    const { text, contentType } = await renderMetrics({
      ...{ version, statuses, state: status.state },
    });
    return context.body(`${text}\n${await process.metrics()}`, 200, {
      "content-type": contentType,
    });
  });
  app.use(async (context, next) => {
    if (await allows(context, options)) return next();
    return context.json({ error: { code: "ACCESS_DENIED" } }, 401, {
      "www-authenticate": "Bearer",
    });
  });
  app.get("/status", async (context) => {
    const sources = await status.read(signal);
    const services = sources.map((source) => ({
      ...source,
      service: status.state.of(source.source),
    }));
    return context.json({
      tidemark: STATUS_VERSION,
      version,
      sources: services,
    });
  });
  app.notFound((context) =>
    context.json({ error: { code: "NOT_FOUND" } }, 404),
  );
  app.onError((error, context) => {
    options.logger.warn(
      { path: context.req.path, err: error },
      "request failed",
    );
    // What went wrong inside is in the log; a caller gets what is meant for users.
    const code = error instanceof TidemarkError ? error.code : "INTERNAL";
    const message = error instanceof TidemarkError ? error.message : undefined;
    return context.json({ error: { code, message } }, 503);
  });
  return app;
}

async function allows(context: Context, options: AppOptions): Promise<boolean> {
  const header = (name: string) => context.req.header(name);
  return isAllowed(
    {
      remoteAddress: getConnInfo(context).remote.address,
      host: header("host"),
      isForwarded:
        (header("forwarded") ?? header("x-forwarded-for")) !== undefined,
      authorization: header("authorization"),
    },
    await options.token(),
  );
}

/** Metrics of what works are worth more than none. */
async function readQuietly({
  status,
  signal,
  logger,
}: AppOptions): Promise<readonly SourceStatus[] | undefined> {
  try {
    return await status.read(signal);
  } catch (error) {
    if (!hasCode(error, "CANCELLED"))
      logger.warn(
        { err: error },
        "an archive could not be read for the metrics",
      );
    return undefined;
  }
}
