import { randomBytes } from "node:crypto";
import { hasCode, TidemarkError } from "../core/errors.ts";
import { formatInstant } from "../core/instant.ts";
import type { Clock } from "../platform/clock.ts";
import { failpoint } from "../platform/failpoints.ts";
import type { Logger } from "../platform/logger.ts";
import type { Act, CatalogEntry } from "./acts.ts";
import {
  isCheckpointDue,
  writeCheckpoint,
  type Checkpoint,
  type CheckpointedState,
} from "./catalog-checkpoint.ts";
import { foldEntry } from "./catalog-fold.ts";
import { findHead, type CatalogPlace } from "./catalog-head.ts";
import type { CatalogState } from "./catalog-state.ts";
import { encodeEntry, hashEntry, NO_ENTRY_HASH } from "./entry-codec.ts";
import { readOn } from "./read-catalog.ts";
import { sendEntry, type Attempt } from "./send-entry.ts";

export const CATALOG_FAILPOINTS = [
  "catalog.before-entry",
  "catalog.entry-written",
  "catalog.checkpoint-written",
] as const;

const RETRY_DELAY_MS = 100;

export interface CatalogOptions extends CatalogPlace {
  readonly clock: Clock;
  /** Program, version and host, for people: `tidemark/0.1.0 host-a`. */
  readonly by: string;
  readonly logger: Logger;
  /** Before an entry whose answer was lost is sent again; doubled with each try. */
  readonly retryDelayMs?: number;
}

/**
 * Appends to the chain, one call at a time. The order of durability of an entry: what it names → the entry, created only if its
 * number is free → whatever follows from it → now and then a checkpoint.
 */
export class EntryLog {
  private readonly options: CatalogOptions;
  private known: CatalogState | undefined;
  /** The newest that we have read or written. */
  private checkpoint: Checkpoint | undefined;
  /** Sent, and no answer came: it may be in the catalog, now or later. */
  private unsettled: Attempt | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(options: CatalogOptions, read: Partial<CheckpointedState>) {
    this.options = options;
    this.known = read.state;
    this.checkpoint = read.checkpoint;
  }

  get state(): CatalogState | undefined {
    return this.known;
  }

  /** Reads what others have written since; one request when that is nothing. */
  refresh(signal: AbortSignal): Promise<void> {
    return this.inTurn(() => this.readNew(signal), signal);
  }

  /**
   * Races for the next number until the act is in the catalog. `build` gets the newest state before each attempt, and may throw.
   * When this throws for want of an answer, the act may be in the catalog: appending the same act again finds it there instead
   * of doubling it.
   */
  commit(
    build: (state: CatalogState | undefined) => Act,
    signal: AbortSignal,
  ): Promise<CatalogEntry> {
    return this.inTurn(async () => {
      for (;;) {
        const attempt = this.attempt(build(this.known));
        if (await this.send(attempt, signal)) return attempt.entry;
        await this.readNew(signal);
      }
    }, signal);
  }

  private inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const mine = this.turn.then(() => {
      signal.throwIfAborted();
      return work();
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  /** The same bytes again for an act that is unsettled, else a new entry behind the newest one. */
  private attempt(act: Act): Attempt {
    const { unsettled, known } = this;
    if (unsettled !== undefined && isOf(unsettled, act)) return unsettled;
    const { n, sha256: previous } = known?.entry ?? {
      n: 0,
      sha256: NO_ENTRY_HASH,
    };
    const entry: CatalogEntry = {
      format: 1,
      n: n + 1,
      previous,
      nonce: randomBytes(16).toString("hex"),
      at: formatInstant(this.options.clock.now()),
      by: this.options.by,
      ...act,
    };
    const bytes = encodeEntry(entry);
    return { entry, bytes, sha256: hashEntry(bytes) };
  }

  private async send(attempt: Attempt, signal: AbortSignal): Promise<boolean> {
    const next = this.folded(attempt);
    const { retryDelayMs = RETRY_DELAY_MS } = this.options;
    failpoint("catalog.before-entry");
    this.unsettled = attempt;
    const sending = { retryDelayMs, signal };
    const landed = await sendEntry(this.options, attempt, sending);
    this.unsettled = undefined;
    if (!landed) return false;
    failpoint("catalog.entry-written");
    if (next === undefined) return true;
    this.known = next;
    if (isCheckpointDue(next.entry.n)) {
      const made = { state: next, earlier: this.checkpoint };
      this.checkpoint = await writeCheckpoint(this.options, made, signal);
      failpoint("catalog.checkpoint-written");
    }
    return true;
  }

  /** The state with the entry in it: what does not fold is never written. Undefined: it has been read already. */
  private folded(attempt: Attempt): CatalogState | undefined {
    const { known } = this;
    if (known !== undefined && attempt.entry.n <= known.entry.n) {
      return undefined;
    }
    try {
      return foldEntry(this.options.source, known, attempt);
    } catch (cause) {
      if (!hasCode(cause, "CATALOG_DAMAGED")) throw cause;
      throw new TidemarkError(
        "INTERNAL",
        `not written: the new ${(cause as TidemarkError).message}`,
        { hint: "go on from the catalog as it is now", cause },
      );
    }
  }

  private async readNew(signal: AbortSignal): Promise<void> {
    const from = this.known?.entry.n ?? 0;
    const head = await findHead(this.options, from, signal);
    if (head === from) return;
    const known = { state: this.known, head };
    this.known = await readOn(this.options, known, signal);
  }
}

function isOf({ entry }: Attempt, act: Act): boolean {
  const { format, n, previous, nonce, at, by } = entry;
  const same = { format, n, previous, nonce, at, by, ...act };
  return JSON.stringify(same) === JSON.stringify(entry);
}
