import { TidemarkError } from "../core/errors.ts";
import type { CatalogEntry, ProgressAct, SegmentAct } from "./acts.ts";
import type { CatalogState } from "./catalog-state.ts";

/** What the writer needs of the catalog that gave it its epoch. */
export interface WrittenCatalog {
  state(): CatalogState;
  commit(
    build: (state: CatalogState) => SegmentAct | ProgressAct,
    signal: AbortSignal,
  ): Promise<CatalogEntry>;
}

/** The one writer of segments and progress, until somebody takes the next epoch. */
export class ArchiveWriter {
  readonly epoch: number;
  private readonly catalog: WrittenCatalog;

  constructor(epoch: number, catalog: WrittenCatalog) {
    this.epoch = epoch;
    this.catalog = catalog;
  }

  get state(): CatalogState {
    return this.catalog.state();
  }

  /**
   * Durable when it resolves. Throws FENCED once a newer writer is seen: its entry takes the number that this one races for, so
   * no act of an older epoch can come after it. Throws INTERNAL for an act that does not continue the archive.
   */
  append(
    act: SegmentAct | ProgressAct,
    signal: AbortSignal,
  ): Promise<CatalogEntry> {
    return this.catalog.commit((state) => {
      if (state.epoch !== this.epoch) throw this.fenced(state);
      return act;
    }, signal);
  }

  private fenced(state: CatalogState): TidemarkError {
    return new TidemarkError(
      "FENCED",
      `the archive of ${state.source.name} has a newer writer: epoch ${state.epoch}, this one has ${this.epoch}`,
      {
        hint: "nothing is lost: the newer one goes on where this one ended; run one archiver per source",
        details: { epoch: this.epoch, newest: state.epoch },
      },
    );
  }
}
