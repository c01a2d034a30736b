import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { TidemarkError } from "../../core/errors.ts";

/** Below what the systems give to outgoing connections: so a server that restarts finds its port still free. */
const FIRST = 20_000;
const LAST = 32_000;

export async function findFreePort(signal: AbortSignal): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    signal.throwIfAborted();
    const port = randomInt(FIRST, LAST);
    if (await isPortFree(port)) return port;
  }
  throw new TidemarkError(
    "SERVER_UNREACHABLE",
    `found no free port between ${FIRST} and ${LAST} on 127.0.0.1`,
  );
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () =>
      probe.close(() => resolve(true)),
    );
  });
}
