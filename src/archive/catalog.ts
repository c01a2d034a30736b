import { TidemarkError } from "../core/errors.ts";
import { formatInstant, parseInstant, type Micros } from "../core/instant.ts";
import type { Position } from "../core/position.ts";
import type {
  Act,
  ArchivedSource,
  BaseAct,
  CatalogEntry,
  ProgressAct,
  RestoreAct,
  SegmentAct,
  SourceAct,
  WriterAct,
} from "./acts.ts";
import { ArchiveWriter } from "./archive-writer.ts";
import type { CatalogState } from "./catalog-state.ts";
import { isBeforeGapEnd } from "./gaps.ts";
import { EntryLog, type CatalogOptions } from "./entry-log.ts";
import { basePrefix, catalogKey } from "./keys.ts";
import { readCheckpointedCatalog } from "./read-catalog.ts";

/** Acts that need no epoch: anybody may append them, as often as they happen. */
export type FreeAct = Exclude<
  Act,
  SourceAct | WriterAct | SegmentAct | ProgressAct | RestoreAct
>;

/** Throws CATALOG_DAMAGED, FORMAT_TOO_NEW. Where no archive has begun, the catalog is empty: no error yet. */
export async function openCatalog(
  options: CatalogOptions,
  signal: AbortSignal,
): Promise<Catalog> {
  const read = await readCheckpointedCatalog(options, signal);
  return new Catalog(options, new EntryLog(options, read));
}

/** The catalog, as it has just been read, needs no entry any more. */
class SaidAlready extends Error {}

/** The catalog of one source: its state as last read, and the ways to add to it. Holds nothing open. */
export class Catalog {
  private readonly options: CatalogOptions;
  private readonly log: EntryLog;

  constructor(options: CatalogOptions, log: EntryLog) {
    this.options = options;
    this.log = log;
  }

  /** No archive has begun; nothing but `begin` and `refresh` can be asked of it. */
  get isEmpty(): boolean {
    return this.log.state === undefined;
  }

  /** As last read. Throws NOT_FOUND when it is empty. */
  get state(): CatalogState {
    const { state } = this.log;
    if (state !== undefined) return state;
    const { store, source } = this.options;
    throw new TidemarkError(
      "NOT_FOUND",
      `there is no archive of ${source} in ${store.url}`,
      {
        hint: "`tidemark sources` lists what is there; `tidemark run` begins it",
      },
    );
  }

  /** Reads on from the known head. Throws CATALOG_DAMAGED when what follows does not fit. */
  refresh(signal: AbortSignal): Promise<void> {
    return this.log.refresh(signal);
  }

  /**
   * Writes entry 1. Where somebody has begun the archive meanwhile, that stands: compare `state.source` with the source there is.
   */
  async begin(act: SourceAct, signal: AbortSignal): Promise<void> {
    const committed = this.log.commit((state) => {
      if (state !== undefined) throw new SaidAlready();
      return act;
    }, signal);
    await unlessSaid(committed);
  }

  /**
   * Durable when it resolves; on losing the race for a number it tries the next. After an error without an answer the act may be
   * in the catalog: appending the same act again settles it.
   */
  append(act: FreeAct, signal: AbortSignal): Promise<CatalogEntry> {
    return this.commit((state) => {
      if (act.act === "base") this.checkIntent(state, act);
      return act;
    }, signal);
  }

  /**
   * As `append`. `readAt`: where its tables and definitions were read. Throws BASE_UNSETTLED when a gap's entry, which may have come a moment
   * ago, ends behind one of them: nothing can come between this look at the gaps and the base's entry.
   */
  appendBase(
    base: { readonly act: BaseAct; readonly readAt: readonly Position[] },
    signal: AbortSignal,
  ): Promise<CatalogEntry> {
    const { act, readAt } = base;
    return this.commit((state) => {
      this.checkIntent(state, act);
      if (!readAt.some((position) => isBeforeGapEnd(position, state.gaps)))
        return act;
      throw new TidemarkError(
        "BASE_UNSETTLED",
        `a gap was recorded while base ${act.base} was made, and some of it was read before the gap's end`,
        { hint: "take the base again: what was read behind the gap is kept" },
      );
    }, signal);
  }

  /**
   * In the catalog, once, when it resolves: a run that was killed is repeated, and what it had written stands. Also when that
   * comes late, for it can only take the number that this one races for.
   */
  async appendRestore(act: RestoreAct, signal: AbortSignal): Promise<void> {
    const committed = this.commit(({ restores }) => {
      if (restores.some(({ id }) => id === act.id)) throw new SaidAlready();
      return act;
    }, signal);
    await unlessSaid(committed);
  }

  /**
   * Says again that a base is in the making when less than half of `lifeMicros` is left: it may take longer than that. Throws INTERNAL
   * when its intent has expired, because the sweep may have taken its objects.
   */
  async keepIntent(
    base: string,
    lifeMicros: Micros,
    signal: AbortSignal,
  ): Promise<void> {
    const { source, clock } = this.options;
    const committed = this.commit((state) => {
      const now = clock.now();
      if (this.requireIntent(state, base) - now >= lifeMicros / 2n)
        throw new SaidAlready();
      return {
        ...{ act: "intent", work: "base", prefix: basePrefix(source, base) },
        expiresAt: formatInstant(now + lifeMicros),
      };
    }, signal);
    await unlessSaid(committed);
  }

  /** Fences every earlier writer; the epoch is the number of the entry that says so. Its state is the head to go on from. */
  async takeEpoch(
    source: ArchivedSource,
    signal: AbortSignal,
  ): Promise<ArchiveWriter> {
    for (;;) {
      const { n } = await this.commit(
        ({ head: { seq, position, rollingHash } }) => ({
          act: "writer",
          source,
          continues: { seq, position, rollingHash },
        }),
        signal,
      );
      // An earlier call's entry, found landed, may be outdated already.
      if (n !== this.state.epoch) continue;
      return new ArchiveWriter(n, {
        state: () => this.state,
        commit: (build, appending) => this.commit(build, appending),
      });
    }
  }

  private commit(
    build: (state: CatalogState) => Act,
    signal: AbortSignal,
  ): Promise<CatalogEntry> {
    return this.log.commit(() => build(this.state), signal);
  }

  /** The sweep spares a base in the making as long as its intent lives: after that its parts may be gone. */
  private checkIntent(state: CatalogState, act: BaseAct): void {
    const there = state.bases.find((base) => base.base === act.base);
    // Sent before, and found landed.
    if (there?.manifest.key === act.manifest.key) return;
    if (there !== undefined) {
      throw new TidemarkError(
        "INTERNAL",
        `base ${act.base} was finished by another run in the meantime`,
        { hint: "nothing is missing: that one counts" },
      );
    }
    this.requireIntent(state, act.base);
  }

  /** When the last one that was said of it expires. */
  private requireIntent(state: CatalogState, base: string): Micros {
    const prefix = basePrefix(this.options.source, base);
    const intent = state.intents.findLast((each) => each.prefix === prefix);
    const expiresAt = intent && parseInstant(intent.expiresAt);
    if (expiresAt !== undefined && this.options.clock.now() < expiresAt)
      return expiresAt;
    throw new TidemarkError(
      "INTERNAL",
      intent === undefined
        ? `base ${base} has no intent in the catalog`
        : `the intent of base ${base} (${catalogKey(this.options.source, intent.n)}) expired at ${intent.expiresAt}`,
      { hint: "take the base again: the sweep may have taken its objects" },
    );
  }
}

async function unlessSaid(committed: Promise<unknown>): Promise<void> {
  try {
    await committed;
  } catch (error) {
    if (!(error instanceof SaidAlready)) throw error;
  }
}
