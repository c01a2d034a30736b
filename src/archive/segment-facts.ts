import { TidemarkError } from "../core/errors.ts";
import { formatInstant } from "../core/instant.ts";
import type {
  Commit,
  EncodedPart,
  PartHeader,
  ProgressRecord,
} from "../core/journal-record.ts";
import { formatPosition } from "../core/position.ts";
import type { Shape } from "../core/shape.ts";
import { countItems, partItems } from "../format/part-header.ts";
import type { Link, SegmentAct, SegmentEvent } from "./acts.ts";
import { ClockBack } from "./clock-back.ts";
import { segmentEvents } from "./segment-events.ts";
import { TableTallies } from "./table-tallies.ts";

/** What an entry says of a segment besides where it lies and who wrote it. */
export type SegmentSummary = Omit<
  SegmentAct,
  "act" | "epoch" | "object" | "proved"
>;

interface Ended {
  readonly header: PartHeader;
  readonly commit: Commit;
}

/** Collects the summary of whole transactions, part by part, and stops at the first that does not follow. */
export class SegmentFacts {
  private readonly before: Link;
  private readonly incarnation: number;
  private readonly tallies = new TableTallies();
  private readonly clockBack = new ClockBack();
  private readonly events: SegmentEvent[] = [];
  private first: Ended | undefined;
  private last: Ended | undefined;
  private beforeLast: Ended | undefined;
  private progress: SegmentSummary["progress"] | undefined;
  private open: PartHeader | undefined;

  constructor(start: { readonly before: Link; readonly incarnation: number }) {
    this.before = start.before;
    this.incarnation = start.incarnation;
  }

  get lastSeq(): number {
    return this.last?.header.seq ?? this.before.seq;
  }

  /** Somebody waits for this segment: a marker, or the heartbeat that a base writes. */
  get isAwaited(): boolean {
    return this.events.some(
      ({ kind }) => kind === "marker" || kind === "heartbeat",
    );
  }

  /** No transaction has begun and not ended. */
  get atBoundary(): boolean {
    return this.open === undefined;
  }

  get isEmpty(): boolean {
    return this.last === undefined;
  }

  addPart(part: EncodedPart, shapeOf: (id: string) => Shape): void {
    const { header } = part;
    this.checkFollows(header);
    let rows = 0;
    for (const touched of header.tables) {
      this.tallies.add(header.seq, touched, shapeOf(touched.shape));
      rows += touched.inserts + touched.updates + touched.deletes;
    }
    // Only a part with more items than row changes holds something that its header does not tell.
    if (rows !== countItems(part))
      this.events.push(...segmentEvents(part, partItems(part)));
    this.open = header;
    if (header.commit !== undefined) this.end(header, header.commit);
  }

  addProgress(record: ProgressRecord): void {
    this.progress = {
      position: formatPosition(record.position),
      at: formatInstant(record.at),
    };
  }

  summary(): SegmentSummary {
    const { first, last } = this;
    if (first === undefined || last === undefined || this.open !== undefined)
      throw new TidemarkError(
        "INTERNAL",
        "a segment ends inside a transaction, or without one",
      );
    return {
      incarnation: this.incarnation,
      first: { seq: first.header.seq, ...times(first.commit) },
      last: {
        ...link(last),
        ...times(last.commit),
        xid: last.header.xid,
      },
      before: this.before,
      reread:
        this.beforeLast === undefined ? this.before : link(this.beforeLast),
      progress: this.progress ?? {
        position: formatPosition(last.commit.position),
        at: formatInstant(last.commit.committedAt),
      },
      tables: this.tallies.finish(),
      events: this.events,
      clockBack: this.clockBack.finish(),
    };
  }

  private end(header: PartHeader, commit: Commit): void {
    this.open = undefined;
    const ended = { header, commit };
    this.first ??= ended;
    this.beforeLast = this.last;
    this.last = ended;
    this.progress = undefined; // a commit is itself the newest progress
    this.clockBack.add(header.seq, commit);
  }

  private checkFollows(header: PartHeader): void {
    const { open } = this;
    const seq = open?.seq ?? this.lastSeq + 1;
    const part = open === undefined ? 0 : open.part + 1;
    const attempt = open?.attempt ?? header.attempt;
    if (
      header.seq !== seq ||
      header.part !== part ||
      header.attempt !== attempt ||
      header.incarnation !== this.incarnation
    ) {
      throw new TidemarkError(
        "JOURNAL_GAP",
        `part ${header.part} of transaction ${header.seq} (incarnation ${header.incarnation}) came where part ` +
          `${part} of transaction ${seq} (incarnation ${this.incarnation}) belongs`,
        { hint: "restart the archiver: it goes on from the archive's head" },
      );
    }
  }
}

function link(ended: Ended): Link {
  return {
    seq: ended.header.seq,
    position: formatPosition(ended.commit.position),
    rollingHash: ended.commit.rollingHash,
  };
}

function times(commit: Commit) {
  return {
    committedAt: formatInstant(commit.committedAt),
    rawCommittedAt: formatInstant(commit.rawCommittedAt),
  };
}
