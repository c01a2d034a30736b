import { runTidemark, type Shell } from "./tidemark-process.ts";
import type { TidemarkService } from "./tidemark-service.ts";

/** A line of `tidemark log --json`, as far as it is used here. */
export interface LoggedTransaction {
  readonly seq: number;
  readonly rows: number;
  readonly committedAt: string;
  readonly events: readonly {
    readonly kind: string;
    readonly body: string | Readonly<Record<string, unknown>>;
  }[];
}

/** Reads the log until it has the transaction that changed so many rows: after the service's next segment it does. */
export async function findMistake(
  at: {
    readonly shell: Shell;
    readonly service: TidemarkService;
    readonly log: readonly string[];
    readonly rows: number;
  },
  signal: AbortSignal,
): Promise<LoggedTransaction> {
  for (;;) {
    const heard = at.service.heard;
    const printed = await runTidemark([...at.log, "--json"], at.shell, signal);
    const largest = largestTransaction(parseLog(printed));
    if (largest !== undefined && largest.rows >= at.rows) return largest;
    await at.service.until(
      ({ msg, source }) => msg === "segment archived" && source === "orders",
      signal,
      heard,
    );
  }
}

/** All lines but the end line. */
export function parseLog(ndjson: string): LoggedTransaction[] {
  return ndjson
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as LoggedTransaction & { end?: true })
    .filter(({ end }) => end !== true);
}

export function largestTransaction(
  log: readonly LoggedTransaction[],
): LoggedTransaction | undefined {
  return log.reduce<LoggedTransaction | undefined>(
    (largest, each) =>
      largest === undefined || each.rows > largest.rows ? each : largest,
    undefined,
  );
}

/** Who a transaction says that it is of. */
export function userOf(transaction: LoggedTransaction): string | undefined {
  for (const { kind, body } of transaction.events) {
    if (kind !== "context" || typeof body === "string") continue;
    const user = body["user"];
    if (typeof user === "string") return user;
  }
  return undefined;
}

/** The lines of a long log around the one that matters. */
export function excerpt(
  text: string,
  matters: (line: string) => boolean,
): string {
  const lines = text.trimEnd().split("\n");
  const at = lines.findIndex(matters);
  const from = Math.max(1, at - 2);
  const to = Math.min(lines.length, at + 3);
  return [
    ...lines.slice(0, 1),
    ...(from > 1 ? [`… ${from - 1} lines`] : []),
    ...lines.slice(from, to),
    ...(to < lines.length ? [`… ${lines.length - to} lines`] : []),
  ].join("\n");
}
