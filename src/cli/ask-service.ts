import type { Config } from "../config/config.ts";
import type { SourceState } from "../services/source-state.ts";

const TIMEOUT_MS = 2_000;

/** What a running service says of its sources. */
export type ServiceAnswer =
  | { readonly states: ReadonlyMap<string, SourceState> }
  /** There may be none, or it runs elsewhere: no error, because archive and sources tell the rest. */
  | { readonly unreachable: string };

/** Asks `/status` where `run` would listen with this configuration. */
export async function askService(
  { http }: Config,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  if (http.port === 0)
    return { unreachable: "http.listen leaves the port to the system" };
  const url = `http://${reachableHost(http.host)}:${http.port}/status`;
  try {
    const token = await http.token();
    const response = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    if (!response.ok)
      return { unreachable: `${url} answers ${response.status}` };
    return { states: readStates(await response.json()) };
  } catch (error) {
    signal.throwIfAborted();
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const code =
      cause instanceof Error && "code" in cause
        ? String(cause.code)
        : undefined;
    return {
      unreachable: `no service answers at ${url} (${code ?? String(cause)})`,
    };
  }
}

/** An address that stands for all of a machine's is asked at its loopback. */
function reachableHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/** Another program may listen there: what is not understood is left out. */
function readStates(answer: unknown): Map<string, SourceState> {
  const states = new Map<string, SourceState>();
  const sources = field(answer, "sources");
  for (const source of Array.isArray(sources) ? (sources as unknown[]) : []) {
    const name = field(source, "source");
    const service = field(source, "service");
    if (typeof name === "string" && isState(service)) states.set(name, service);
  }
  return states;
}

function isState(value: unknown): value is SourceState {
  const kind = field(value, "kind");
  if (kind === "starting" || kind === "running") return true;
  return (
    (kind === "waiting" || kind === "stopped") &&
    typeof field(value, "code") === "string" &&
    typeof field(value, "message") === "string"
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
