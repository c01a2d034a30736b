import type { Shape } from "../core/shape.ts";
import type { Span } from "../format/span.ts";
import type { FoldedRows, NoteWriter } from "./folded-rows.ts";
import { KeyedJoin } from "./keyed-join.ts";
import {
  ARRIVE,
  FILL,
  FORWARD,
  LEAVE,
  VACATE,
  arrivalKind,
  destinationOf,
  destinationRow,
  howOf,
  kindOf,
  type Destination,
} from "./keyed-note.ts";
import { KeyedRows, PARTIAL, STAYS } from "./keyed-rows.ts";
import { LinkTable } from "./link-table.ts";
import type { MemoryBudget } from "./memory-budget.ts";
import type { RowSink } from "./row-sink.ts";
import { emptyNote, type SpillNote } from "./spill-notes.ts";
import type { TableJoin } from "./table-change.ts";

const NOTHING: Span = { bytes: Buffer.alloc(0), from: 0, to: 0 };

/** Of one table: numbers for rows that wait for another partition. */
export interface Links {
  last: number;
}

export interface KeyedFoldOptions {
  readonly shape: Shape;
  readonly budget: MemoryBudget;
  /** Of the oldest change, for errors. */
  readonly seq: number;
  readonly links: Links;
  readonly send: NoteWriter;
}

/**
 * Keyed rows from notes and to notes. A row that moved and is not whole is looked for at its old key. When that key is in
 * another partition, the row waits for a link, and its old key stands open for it there: what is found goes back as a FILL,
 * over as many keys as the row had.
 */
export class KeyedFold implements FoldedRows {
  private readonly of: KeyedFoldOptions;
  private readonly rows: KeyedRows;
  private readonly forwards: LinkTable;
  private readonly sent = emptyNote();

  constructor(of: KeyedFoldOptions, rows?: KeyedRows) {
    const { shape, budget } = of;
    this.of = of;
    this.rows =
      rows ??
      new KeyedRows(shape, budget, (row, to) => {
        this.sendFill(row, to);
      });
    this.rows.seq = of.seq;
    this.forwards = new LinkTable(budget);
  }

  get size(): number {
    return this.rows.size + this.forwards.size;
  }

  apply(note: SpillNote): boolean {
    const { rows } = this;
    const { row, key, link } = note;
    switch (kindOf(note)) {
      case ARRIVE:
        this.arrive(note);
        return true;
      case LEAVE:
        rows.leave(key, link === 0 ? 0 : this.openFor(row, link));
        return true;
      case VACATE:
        rows.vacate(key);
        return true;
      case FILL: {
        const waiting = this.waitingAt(key, link);
        if (waiting !== 0) rows.fill(waiting, row);
        return waiting !== 0;
      }
      case FORWARD:
        this.forward(note);
        return true;
      default:
        throw new RangeError("a note of an unknown kind");
    }
  }

  /** Arrivals first: a key that stands open for a row of the same partition finds it there. */
  writeAll(out: NoteWriter): void {
    const { rows } = this;
    this.nameLinks();
    for (let n = 0; n < rows.size; n++)
      this.writeArrival(rows.recordAt(n), out);
    this.writeForwards(out);
    for (let n = 0; n < rows.size; n++) this.writeLeave(rows.recordAt(n), out);
  }

  join(sink: RowSink): TableJoin {
    return new KeyedJoin(this.of.shape, this.rows, sink);
  }

  /** Every key has met its older rows: what is incomplete now waits for a link. */
  writeWaiting(out: NoteWriter): number {
    const { rows } = this;
    let waiting = 0;
    this.nameLinks();
    for (let n = 0; n < rows.size; n++) {
      const record = rows.recordAt(n);
      if (!rows.isIncomplete(record)) continue;
      if (rows.linkOf(record) === 0)
        throw rows.damage("a moved row is not whole");
      this.writeArrival(record, out);
      waiting += 1;
    }
    this.writeForwards(out);
    return waiting;
  }

  release(): void {
    this.rows.release();
    this.forwards.release();
  }

  private arrive(note: SpillNote): void {
    const { rows } = this;
    const { row, key, link } = note;
    const how = howOf(note);
    const tail = rows.arrive(row, key, how);
    if (tail === 0) return;
    if (link === 0) {
      if ((how & STAYS) !== 0) return;
      throw rows.damage("a moved row has no older one");
    }
    // A row has one link of its own. It keeps it: what was sent under it may still be on its way.
    const at = rows.find(key);
    if (tail === at && rows.linkOf(tail) === 0) rows.setLink(tail, link);
    else this.forwards.add(link, { to: tail, key });
  }

  /**
   * It goes on to the very key, also where the row that is filled is known here: what was sent to that key before may still be on
   * its way, and what is older must not overtake it.
   */
  private forward(note: SpillNote): void {
    const { key, link } = destinationOf(note);
    const to = this.rows.addRemote(key, link);
    this.forwards.add(note.link, { to, key: note.key });
  }

  private openFor(key: Span, link: number): number {
    const waiting = this.waitingAt(key, link);
    return waiting === 0 ? this.rows.addRemote(key, link) : waiting;
  }

  /** The row, or what stands for it, that misses something and waits for this link. */
  private waitingAt(key: Span, link: number): number {
    const { rows, forwards } = this;
    let record = rows.find(key);
    if (record === 0 || rows.linkOf(record) !== link)
      record = forwards.find(link);
    return record !== 0 && rows.isIncomplete(record) ? record : 0;
  }

  private sendFill(row: Span, to: Destination): void {
    const { sent } = this;
    sent.kind = FILL;
    sent.link = to.link;
    Object.assign(sent.key, to.key);
    Object.assign(sent.row, row);
    this.of.send(sent);
  }

  /** Once they are written, rows that are open at another key may be in another partition than that. */
  private nameLinks(): void {
    const { rows, forwards } = this;
    for (let n = 0; n < rows.size; n++) {
      const record = rows.recordAt(n);
      const open = rows.openAt(record);
      if (open !== record) this.nameLink(open);
    }
    for (let n = 0; n < forwards.size; n++) this.nameLink(forwards.nth(n).to);
  }

  private nameLink(record: number): void {
    if (record !== 0 && this.rows.linkOf(record) === 0)
      this.rows.setLink(record, ++this.of.links.last);
  }

  private writeArrival(record: number, out: NoteWriter): void {
    const { rows, sent } = this;
    rows.readKey(record, sent.key);
    sent.link = 0;
    if (!rows.hasImage(record)) {
      if (rows.exists(record)) return;
      sent.kind = VACATE;
      Object.assign(sent.row, NOTHING);
    } else {
      const partial = rows.isIncomplete(record);
      const stays = this.stays(record);
      const how = (stays ? STAYS : 0) | (partial ? PARTIAL : 0);
      sent.kind = arrivalKind(how);
      if (partial) sent.link = rows.linkOf(record);
      Object.assign(sent.row, rows.imageOf(record));
    }
    out(sent);
  }

  /** The key's arrival says as well what stood there before. */
  private stays(record: number): boolean {
    const { rows } = this;
    if (!rows.exists(record) || !rows.hasImage(record)) return false;
    const open = rows.openAt(record);
    return open === record || (open === 0 && !rows.isIncomplete(record));
  }

  private writeLeave(record: number, out: NoteWriter): void {
    const { rows, sent } = this;
    if (!rows.exists(record) || this.stays(record)) return;
    rows.readKey(record, sent.key);
    sent.kind = LEAVE;
    sent.link = 0;
    Object.assign(sent.row, NOTHING);
    const open = rows.openAt(record);
    if (open !== 0) {
      sent.link = rows.linkOf(open);
      rows.readKey(open, sent.row);
    }
    out(sent);
  }

  private writeForwards(out: NoteWriter): void {
    const { rows, forwards, sent } = this;
    for (let n = 0; n < forwards.size; n++) {
      const { link, to, key } = forwards.nth(n);
      if (!rows.isIncomplete(to)) continue;
      const destination = { key: { ...sent.row }, link: rows.linkOf(to) };
      rows.readKey(to, destination.key);
      sent.kind = FORWARD;
      sent.link = link;
      Object.assign(sent.key, key);
      Object.assign(sent.row, destinationRow(destination));
      out(sent);
    }
  }
}
