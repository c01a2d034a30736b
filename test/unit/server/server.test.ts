import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { TidemarkError } from "../../../src/core/errors.ts";
import { lsnPosition } from "../../../src/core/position.ts";
import type { SourceAdmin } from "../../../src/engine/source-admin.ts";
import { silentLogger } from "../../../src/platform/logger.ts";
import { startServer } from "../../../src/server/start-server.ts";
import { SourceObserver } from "../../../src/services/observe-source.ts";
import { ServiceState } from "../../../src/services/service-state.ts";
import { ServiceStatus } from "../../../src/services/service-status.ts";
import { openCatalog } from "../../../src/archive/catalog.ts";
import { caught } from "../../support/caught.ts";
import { FaultyStore } from "../../support/faulty-store.ts";
import { MemoryStore } from "../../support/memory-store.ts";
import { never } from "../../support/never.ts";
import { openSampleArchive } from "../../support/sample-archive.ts";
import { catalogOptions, ORDERS } from "../../support/sample-catalog.ts";
import { fillSampleOrders } from "../../support/sample-orders.ts";

/** A server that cannot be reached: what only a real one tells is tested with a real one. */
const AWAY = new Proxy({} as SourceAdmin, {
  get: () => () =>
    Promise.reject(new TidemarkError("SERVER_UNREACHABLE", "it is away")),
});
const THERE: Pick<SourceAdmin, "now" | "currentPosition" | "retained"> = {
  now: async () => 1_800_000_000_000_000n,
  currentPosition: async () => lsnPosition(0x200_0000n),
  retained: async () => ({
    walBytes: 123,
    limitBytes: 456,
    slotActive: true,
    confirmed: undefined,
  }),
};

async function serve(
  options: { readonly host?: string; readonly admin?: SourceAdmin } = {},
) {
  const store = new FaultyStore(new MemoryStore());
  await using archive = await openSampleArchive(store);
  await fillSampleOrders(archive);
  const state = new ServiceState([ORDERS]);
  let now = 1_800_000_000_000_000n;
  const status = new ServiceStatus({
    state,
    clock: { now: () => now },
    observed: [
      {
        source: ORDERS,
        rpoMs: 10_000,
        observer: new SourceObserver({
          openCatalog: () => openCatalog(catalogOptions(store), never),
          admin: options.admin ?? AWAY,
        }),
      },
    ],
  });
  const server = await startServer({
    listen: { host: options.host ?? "127.0.0.1", port: 0 },
    token: async () => "right",
    status,
    version: "1.2.3",
    logger: silentLogger,
    signal: never,
  });
  return {
    ...{ state, store, url: server.url },
    later: () => void (now += 6_000_000n),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test("/healthz answers while the process lives, /readyz once every source runs", async () => {
  await using service = await serve();
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  const starting = await fetch(`${service.url}/readyz`);
  expect(starting.status).toBe(503);
  expect(await starting.json()).toEqual({
    ready: false,
    sources: { orders: "starting" },
  });
  service.state.set(ORDERS, { kind: "running" });
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  service.state.set(ORDERS, {
    kind: "stopped",
    code: "HISTORY_LOST",
    message: "m",
    hint: undefined,
  });
  expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
});

test("/status tells how each source stands", async () => {
  await using service = await serve({ admin: THERE as SourceAdmin });
  service.state.set(ORDERS, { kind: "running" });
  const response = await fetch(`${service.url}/status`);
  expect(await response.json()).toMatchObject({
    tidemark: 1,
    version: "1.2.3",
    sources: [
      {
        source: "orders",
        service: { kind: "running" },
        state: "needs base",
        seq: 7,
        walBytes: 123,
        walLeftBytes: 456,
        latestRestorable: { seq: 5 },
      },
    ],
  });
});

test("/metrics has a figure for all of it, and leaves out what is not known", async () => {
  await using service = await serve({ admin: THERE as SourceAdmin });
  service.state.set(ORDERS, { kind: "running" });
  const text = await (await fetch(`${service.url}/metrics`)).text();
  for (const line of [
    'tidemark_build_info{version="1.2.3"} 1',
    "tidemark_status_up 1",
    'tidemark_source_state{source="orders",state="running"} 1',
    'tidemark_source_state{source="orders",state="stopped"} 0',
    'tidemark_source_reachable{source="orders"} 1',
    'tidemark_source_needs_base{source="orders"} 1',
    'tidemark_archive_seq{source="orders"} 7',
    'tidemark_archive_segments{source="orders"} 3',
    'tidemark_source_wal_retained_bytes{source="orders"} 123',
    'tidemark_archive_lag_bytes{source="orders"} 16775424',
    "process_cpu_seconds_total",
  ]) {
    expect(text).toContain(line);
  }
  expect(text).not.toContain("tidemark_last_verify_ok{");
  const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  expect(new Set(types).size).toBe(types.length);
});

test("a source that is away takes nothing from the other figures", async () => {
  await using service = await serve();
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toContain('tidemark_source_reachable{source="orders"} 0');
  expect(text).toContain('tidemark_archive_seq{source="orders"} 7');
  expect(text).not.toContain("tidemark_archive_lag_bytes{");
});

test("an archive that cannot be read is told of its source alone, and asked again", async () => {
  await using service = await serve();
  service.store.fail({
    calls: ["stat", "read"],
    nth: 1,
    fails: "before",
    forEver: true,
  });
  const ask = async () =>
    (await (await fetch(`${service.url}/status`)).json()) as {
      readonly sources: readonly {
        readonly degraded: readonly { readonly code: string }[];
      }[];
    };
  const broken = await ask();
  expect(broken.sources[0]?.degraded.map(({ code }) => code)).toContain(
    "archive-unreadable",
  );
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toContain("tidemark_status_up 0");
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  service.store.heal();
  service.later();
  const healed = await ask();
  expect(healed.sources[0]?.degraded.map(({ code }) => code)).not.toContain(
    "archive-unreadable",
  );
});

test("answers are shared for a while", async () => {
  await using service = await serve();
  await fetch(`${service.url}/status`);
  const { length } = service.store.seen;
  await fetch(`${service.url}/status`);
  expect(service.store.seen).toHaveLength(length);
  service.later();
  await fetch(`${service.url}/status`);
  expect(service.store.seen.length).toBeGreaterThan(length);
});

test("a token is demanded of everything else, also of what does not exist", async () => {
  await using service = await serve();
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${service.url}${path}`, {
      // Whoever comes through a proxy is from elsewhere.
      headers: { "x-forwarded-for": "10.0.0.7", ...headers },
    });
  for (const path of ["/healthz", "/metrics"])
    expect((await ask(path)).status).toBe(200);
  for (const path of ["/status", "/", "/nothing", "/status/", "//status"]) {
    const refused = await ask(path);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe("Bearer");
    expect((await ask(path, { authorization: "Bearer wrong" })).status).toBe(
      401,
    );
  }
  const right = { authorization: "Bearer right" };
  expect((await ask("/status", right)).status).toBe(200);
  expect((await ask("/nothing", right)).status).toBe(404);
});

test("another machine's address needs the token though the process listens everywhere", async (context) => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === "IPv4" && !each.internal)?.address;
  if (address === undefined) return context.skip();
  await using service = await serve({ host: "0.0.0.0" });
  const url = service.url.replace("0.0.0.0", address);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/status`)).status).toBe(401);
});

test("an address that is taken is an error that says so", async () => {
  await using service = await serve();
  const port = Number(new URL(service.url).port);
  const error = await caught(async () => {
    await using _second = await startServer({
      listen: { host: "127.0.0.1", port },
      token: async () => undefined,
      status: new ServiceStatus({
        state: service.state,
        observed: [],
        clock: { now: () => 0n },
      }),
      version: "1",
      logger: silentLogger,
      signal: never,
    });
  });
  expect(error.code).toBe("CONFIG");
  expect(error.message).toContain(`127.0.0.1:${port}`);
  expect(error.hint).toContain("http.listen");
});

test("a connection that is kept alive does not hold it open", async () => {
  const service = await serve();
  await (await fetch(`${service.url}/healthz`)).text();
  await service[Symbol.asyncDispose]();
  await expect(fetch(`${service.url}/healthz`)).rejects.toThrow();
});
