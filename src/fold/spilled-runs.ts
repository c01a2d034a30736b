import type { Span } from "../format/span.ts";
import { SpillNotes, emptyNote, type SpillNote } from "./spill-notes.ts";
import { blockBytesOf } from "./spill-partitions.ts";
import type { SpillSpace } from "./spill-space.ts";

const HIGH = 2 ** 32;
/** The last note of a run has no row: kind and link are the high and the low half of the run's length. */
const LAST_NOTE_BYTES = 16;

/** Runs of rows, each oldest first. They are written youngest run first, and read oldest first. */
export class SpilledRuns {
  private readonly notes: SpillNotes;
  private readonly note = emptyNote();
  private readonly last = emptyNote();

  constructor({ file, budget }: SpillSpace) {
    const blockBytes = blockBytesOf(budget.limitBytes, 1);
    this.notes = new SpillNotes({ file, budget, blockBytes });
  }

  /** `next` gives rows, oldest first, until there are no more. */
  writeRun(next: () => Span | undefined): void {
    const { notes, note, last } = this;
    const begins = notes.bytes;
    for (let row = next(); row !== undefined; row = next()) {
      Object.assign(note.row, row);
      notes.write(note);
    }
    const bytes = notes.bytes - begins;
    last.kind = Math.floor(bytes / HIGH);
    last.link = bytes % HIGH;
    notes.write(last);
    notes.rest();
  }

  *readOldestFirst(): Generator<SpillNote, void, undefined> {
    const { notes } = this;
    for (let end = notes.bytes; end > 0;) {
      const runEnds = end - LAST_NOTE_BYTES;
      let bytes = 0;
      for (const { kind, link } of notes.readRange(runEnds, end))
        bytes = kind * HIGH + link;
      end = runEnds - bytes;
      yield* notes.readRange(end, runEnds);
    }
  }
}
