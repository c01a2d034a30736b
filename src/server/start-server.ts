import { once } from "node:events";
import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { TidemarkError } from "../core/errors.ts";
import { buildApp, type AppOptions } from "./build-app.ts";
import { processMetrics } from "./metrics.ts";

export interface ServerOptions extends AppOptions {
  readonly listen: { readonly host: string; readonly port: number };
}

export interface RunningServer extends AsyncDisposable {
  /** `http://127.0.0.1:7070`, with the port that the system chose for 0. */
  readonly url: string;
}

/** Resolves once it listens. Throws CONFIG when the address is taken or is none of this machine's. */
export async function startServer(
  options: ServerOptions,
): Promise<RunningServer> {
  const process = processMetrics();
  const app = buildApp(options, process);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  const { host, port } = options.listen;
  server.listen({ host, port });
  try {
    await once(server, "listening");
  } catch (cause) {
    throw cannotListen(`${printHost(host)}:${port}`, cause);
  }
  const address = server.address();
  const bound =
    typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${printHost(host)}:${bound}`,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      // Scrapers keep their connections; what is being answered is not worth a late exit.
      server.closeAllConnections();
      process.clear();
      await closed;
    },
  };
}

function printHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

function cannotListen(where: string, cause: unknown): TidemarkError {
  const code = (cause as NodeJS.ErrnoException).code;
  const why =
    code === "EADDRINUSE"
      ? "another process listens there"
      : code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
        ? "it is no address of this machine"
        : code === "EACCES"
          ? "this user may not"
          : String(cause);
  return new TidemarkError("CONFIG", `cannot listen on ${where}: ${why}`, {
    hint: "choose another address or port under http.listen",
    cause,
  });
}
