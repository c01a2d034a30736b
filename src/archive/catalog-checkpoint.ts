import { hasCode } from "../core/errors.ts";
import type { Logger } from "../platform/logger.ts";
import type { CatalogPlace } from "./catalog-head.ts";
import type { CatalogState } from "./catalog-state.ts";
import { catalogDamaged, hashEntry } from "./entry-codec.ts";
import { CHECKPOINT_EVERY, catalogKey, checkpointKey } from "./keys.ts";
import { requireEntry, readObject } from "./read-entries.ts";

/**
 * Raised whenever CatalogState, or what of it a checkpoint lists, becomes another: a checkpoint of another format is not read. Format 1
 * listed all segments, and whoever takes one of format 2 for it has lost most of them.
 */
export const STATE_FORMAT = 2;

/** One that is stored, as the next one refers to it. */
export interface Checkpoint {
  readonly n: number;
  /** Of its stored bytes. */
  readonly sha256: string;
  /** How many segments it and those that it continues list. */
  readonly segments: number;
}

/** First line of a checkpoint; the second is the state, whose bytes `sha256` covers. */
interface CheckpointHeader {
  readonly format: number;
  readonly n: number;
  /** SHA-256 of the stored bytes of entry n. */
  readonly entry: string;
  readonly sha256: string;
}

/** One object: the state, with those segments alone that `earlier` does not list. */
interface Piece {
  readonly state: CatalogState;
  /** Null: all segments are in this one. */
  readonly earlier: Checkpoint | null;
  readonly sha256: string;
}

export interface CheckpointedState {
  readonly state: CatalogState;
  readonly checkpoint: Checkpoint;
}

export function isCheckpointDue(n: number): boolean {
  return n > 0 && n % CHECKPOINT_EVERY === 0;
}

/** Segments are most of a long state, so each is in one checkpoint: all of them together grow no faster than the catalog. */
export function encodeCheckpoint(
  state: CatalogState,
  earlier?: Checkpoint,
): Buffer {
  const segments = state.segments.slice(earlier?.segments ?? 0);
  const piece = { ...state, segments, earlier: earlier ?? null };
  const body = Buffer.from(JSON.stringify(piece), "utf8");
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
): Piece | undefined {
  const end = bytes.indexOf(0x0a);
  const body = bytes.subarray(end + 1);
  const header = parse(bytes.subarray(0, Math.max(end, 0))) as
    CheckpointHeader | undefined;
  if (
    header?.format !== STATE_FORMAT ||
    header.n !== n ||
    header.sha256 !== hashEntry(body)
  ) {
    return undefined;
  }
  // The hash says that these are the bytes that encodeCheckpoint made of a CatalogState.
  const { earlier, ...state } = parse(body) as CatalogState &
    Pick<Piece, "earlier">;
  if (state.entry.n !== n || state.entry.sha256 !== header.entry)
    return undefined;
  return { state, earlier, sha256: hashEntry(bytes) };
}

function parse(bytes: Uint8Array): object | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof json === "object" && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the next checkpoint continues. Losing one costs time alone, so its failure is not the append's: the entry is durable
 * already, and the next one lists what this one would have.
 */
export async function writeCheckpoint(
  place: CatalogPlace & { readonly logger: Logger },
  made: {
    readonly state: CatalogState;
    readonly earlier: Checkpoint | undefined;
  },
  signal: AbortSignal,
): Promise<Checkpoint | undefined> {
  const { store, source, logger } = place;
  const { state, earlier } = made;
  const { n } = state.entry;
  const key = checkpointKey(source, n);
  try {
    const bytes = encodeCheckpoint(state, earlier);
    await store.create(key, { kind: "bytes", bytes }, signal);
    return { n, sha256: hashEntry(bytes), segments: state.segments.length };
  } catch (error) {
    if (!hasCode(error, "OBJECT_EXISTS"))
      logger.warn({ source, key, err: error }, "checkpoint not written");
    return earlier;
  }
}

/** The state of the newest checkpoint at or before entry `head` that fits the chain, or undefined. */
export async function readCheckpoint(
  place: CatalogPlace & { readonly logger: Logger },
  head: number,
  signal: AbortSignal,
): Promise<CheckpointedState | undefined> {
  const pieces = new Pieces(place, signal);
  let n = head - (head % CHECKPOINT_EVERY);
  for (; n > 0; n -= CHECKPOINT_EVERY) {
    const piece = await pieces.read(n);
    if (piece === "missing") continue;
    if (
      piece?.state.source.name === place.source &&
      (await fits(place, piece.state, { head, signal }))
    ) {
      const segments = await pieces.segments(piece);
      if (segments !== undefined) {
        const { sha256 } = piece;
        return {
          state: { ...piece.state, segments },
          checkpoint: { n, sha256, segments: segments.length },
        };
      }
    }
    const key = checkpointKey(place.source, n);
    const { source, logger } = place;
    logger.warn(
      { source, key },
      "checkpoint, or one that it continues, is damaged: reading the entries",
    );
  }
  return undefined;
}

/** Objects as read, once each: where an old one is damaged, all that continue it are tried in vain. */
class Pieces {
  private readonly place: CatalogPlace;
  private readonly signal: AbortSignal;
  private readonly known = new Map<number, Piece | "missing" | undefined>();

  constructor(place: CatalogPlace, signal: AbortSignal) {
    this.place = place;
    this.signal = signal;
  }

  async read(n: number): Promise<Piece | "missing" | undefined> {
    if (!this.known.has(n)) this.known.set(n, await this.fetch(n));
    return this.known.get(n);
  }

  /** All of them up to a piece, oldest first; undefined when one that it continues is not what it was. */
  async segments(newest: Piece): Promise<CatalogState["segments"] | undefined> {
    const lists = [newest.state.segments];
    for (let at = newest; at.earlier !== null;) {
      const { n, sha256 } = at.earlier;
      // No circle: the numbers go down.
      const before = n < at.state.entry.n ? await this.read(n) : undefined;
      if (typeof before !== "object" || before.sha256 !== sha256)
        return undefined;
      lists.push(before.state.segments);
      at = before;
    }
    return lists.reverse().flat();
  }

  private async fetch(n: number): Promise<Piece | "missing" | undefined> {
    const { store, source } = this.place;
    try {
      const key = checkpointKey(source, n);
      return decodeCheckpoint(n, await readObject(store, key, this.signal));
    } catch (error) {
      if (hasCode(error, "OBJECT_MISSING")) return "missing";
      throw error;
    }
  }
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
