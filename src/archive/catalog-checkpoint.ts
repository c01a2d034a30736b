import { hasCode } from "../core/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { CatalogPlace } from "./catalog-head.ts";
import type { CatalogState } from "./catalog-state.ts";
import { catalogDamaged, hashEntry } from "./entry-codec.ts";
import { CHECKPOINT_EVERY, catalogKey, checkpointKey } from "./keys.ts";
import { requireEntry, readObject } from "./read-entries.ts";

/** Raised whenever CatalogState becomes another: a checkpoint of another format is not read. */
const STATE_FORMAT = 1;

/** First line of a checkpoint; the second is the state, whose bytes `sha256` covers. */
interface CheckpointHeader {
  readonly format: number;
  readonly n: number;
  /** SHA-256 of the stored bytes of entry n. */
  readonly entry: string;
  readonly sha256: string;
}

export function isCheckpointDue(n: number): boolean {
  return n > 0 && n % CHECKPOINT_EVERY === 0;
}

export function encodeCheckpoint(state: CatalogState): Buffer {
  const body = Buffer.from(JSON.stringify(state), "utf8");
  const header: CheckpointHeader = {
    format: STATE_FORMAT,
    n: state.entry.n,
    entry: state.entry.sha256,
    sha256: hashEntry(body),
  };
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), body]);
}

/** Undefined: damaged, or of another format; reading the entries takes its place. */
export function decodeCheckpoint(
  n: number,
  bytes: Uint8Array,
): CatalogState | undefined {
  const end = bytes.indexOf(0x0a);
  const body = bytes.subarray(end + 1);
  const header = parse(bytes.subarray(0, Math.max(end, 0)));
  if (
    header?.["format"] !== STATE_FORMAT ||
    header["n"] !== n ||
    header["sha256"] !== hashEntry(body)
  ) {
    return undefined;
  }
  // The hash says that these are the bytes that encodeCheckpoint made of a CatalogState.
  const state = parse(body) as unknown as CatalogState;
  const { entry } = state;
  return entry.n === n && entry.sha256 === header["entry"] ? state : undefined;
}

function parse(
  bytes: Uint8Array,
): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof json === "object" && json !== null
      ? (json as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Losing a checkpoint costs time alone, so its failure is not the append's: the entry is durable already. */
export async function writeCheckpoint(
  { store, source, logger }: CatalogPlace & { readonly logger: Logger },
  state: CatalogState,
  signal: AbortSignal,
): Promise<void> {
  const key = checkpointKey(source, state.entry.n);
  try {
    const bytes = encodeCheckpoint(state);
    await store.create(key, { kind: "bytes", bytes }, signal);
  } catch (error) {
    if (hasCode(error, "OBJECT_EXISTS")) return;
    logger.warn({ source, key, err: error }, "checkpoint not written");
  }
}

/** The state of the newest checkpoint at or before entry `head` that fits the chain, or undefined. */
export async function readCheckpoint(
  place: CatalogPlace & { readonly logger: Logger },
  head: number,
  signal: AbortSignal,
): Promise<CatalogState | undefined> {
  const { store, source, logger } = place;
  let n = head - (head % CHECKPOINT_EVERY);
  for (; n > 0; n -= CHECKPOINT_EVERY) {
    const key = checkpointKey(source, n);
    let bytes: Buffer;
    try {
      bytes = await readObject(store, key, signal);
    } catch (error) {
      if (hasCode(error, "OBJECT_MISSING")) continue;
      throw error;
    }
    const state = decodeCheckpoint(n, bytes);
    if (
      state?.source.name === source &&
      (await fits(place, state, { head, signal }))
    )
      return state;
    logger.warn({ source, key }, "checkpoint is damaged: reading the entries");
  }
  return undefined;
}

/**
 * Whether a whole checkpoint names the entry that is there. Where it does not, the next entry says which of the two is wrong; of
 * the newest entry nothing else vouches for its bytes, so then nothing is trusted.
 */
async function fits(
  place: CatalogPlace,
  state: CatalogState,
  { head, signal }: { readonly head: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const { n, sha256 } = state.entry;
  const stored = await requireEntry(place, n, signal);
  if (stored.sha256 === sha256) return true;
  if (n < head) return false;
  throw catalogDamaged(
    catalogKey(place.source, n),
    `is not the entry that ${checkpointKey(place.source, n)} was made of`,
  );
}
