import { formatInstant, type Micros } from "../core/instant.ts";
import type { Commit } from "../core/journal-record.ts";
import type { SegmentAct } from "./acts.ts";

/** Commit times are a little out of order in any busy source; more than this means that its clock was set back. */
const TOLERANCE: Micros = 1_000_000n;

interface Stretch {
  readonly fromSeq: number;
  throughSeq: number;
  earliest: Micros;
  latest: Micros;
  ordered: Micros;
}

/** The stretches of neighbouring transactions whose raw commit times lie behind the ordered ones. */
export class ClockBack {
  private readonly stretches: Stretch[] = [];

  /** In the order of the seqs. */
  add(seq: number, commit: Commit): void {
    const raw = commit.rawCommittedAt;
    if (commit.committedAt - raw <= TOLERANCE) return;
    const last = this.stretches.at(-1);
    if (last?.throughSeq !== seq - 1) {
      this.stretches.push({
        fromSeq: seq,
        throughSeq: seq,
        earliest: raw,
        latest: raw,
        ordered: commit.committedAt,
      });
      return;
    }
    last.throughSeq = seq;
    last.ordered = commit.committedAt;
    if (raw < last.earliest) last.earliest = raw;
    if (raw > last.latest) last.latest = raw;
  }

  finish(): SegmentAct["clockBack"] {
    return this.stretches.map((stretch) => ({
      fromSeq: stretch.fromSeq,
      throughSeq: stretch.throughSeq,
      rawFrom: formatInstant(stretch.earliest),
      rawThrough: formatInstant(stretch.latest),
      orderedAt: formatInstant(stretch.ordered),
    }));
  }
}
