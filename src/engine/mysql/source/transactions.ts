import {
  compareBinlogPlaces,
  type BinlogPlace,
  type BinlogPosition,
} from "../../../core/position.ts";
import type { SourceItem, SourcePart } from "../../change-source.ts";
import { PartEncoder } from "../../stream/part-encoder.ts";
import type { MariadbGtid } from "./events/mariadb-gtid.ts";
import type { ReadEarlierXa } from "./earlier-xa.ts";
import { HeldParts } from "./held-parts.ts";
import type { LogCursor } from "./log-cursor.ts";

/** What the event that opens a group of events says of it. */
export interface Group {
  /** Where its first event begins. */
  readonly place: BinlogPlace;
  readonly gtid:
    | { readonly source: string; readonly number: number }
    | (MariadbGtid & { readonly server: number })
    | undefined;
  readonly committedAt: bigint;
}

export interface TransactionsOptions {
  readonly cursor: LogCursor;
  /** Where parts are kept that are too many to be held in memory. */
  readonly folder: string;
  /** Groups that end there or before are known; what they prepared is needed. */
  readonly after: BinlogPosition;
  readonly emit: (item: SourceItem) => void;
  readonly earlierXa: ReadEarlierXa;
  /** Resolves once more may be emitted; undefined: at once. */
  readonly room: () => Promise<void> | undefined;
}

interface Savepoint {
  readonly name: string;
  readonly pieces: number;
  readonly refs: number;
}

/**
 * Groups of events become transactions: the changes of one that commits in order are emitted as they come, for the log has little else
 * than what was committed; those of a group that was rolled back, or has no end, are taken back. Held are those behind a savepoint, to which the log may go back, and those of an XA transaction until it is decided.
 */
export class Transactions {
  readonly parts: PartEncoder;
  private readonly options: TransactionsOptions;
  private readonly prepared = new Map<
    string,
    { readonly place: BinlogPlace; readonly held: HeldParts }
  >();
  private group: Group | undefined;
  /** Of the group: they are emitted already. */
  private passed = 0;
  private held: HeldParts | undefined;
  private savepoints: Savepoint[] = [];
  private isXa = false;
  /** The group ends before what is asked for. */
  private isKnown = false;
  private isCaught = false;

  constructor(options: TransactionsOptions) {
    this.options = options;
    this.isCaught = options.after.undecided === undefined;
    this.parts = new PartEncoder((part) => this.route(part));
  }

  get isOpen(): boolean {
    return this.group !== undefined;
  }

  readonly room = (): Promise<void> | undefined => this.options.room();

  /** Whether changes of the group that is open matter. */
  get matter(): boolean {
    return !this.isKnown || this.isXa;
  }

  /** Whether all that comes now is behind what was asked for. */
  get isCaughtUp(): boolean {
    return this.isCaught;
  }

  /** What lies behind `place` comes next. From an undecided transaction on the log is read again without knowing what was executed by then. */
  reach(place: BinlogPlace): void {
    const { after, cursor } = this.options;
    if (this.isCaught || compareBinlogPlaces(after, place) > 0) return;
    this.isCaught = true;
    cursor.adopt(after.gtids);
  }

  get undecided(): BinlogPlace | undefined {
    const [oldest] = this.prepared.values();
    return oldest?.place;
  }

  begin(group: Group): void {
    if (this.group !== undefined)
      throw new RangeError("a transaction inside a transaction");
    this.reach(group.place);
    this.isKnown = compareBinlogPlaces(group.place, this.options.after) < 0;
    this.group = group;
    this.passed = 0;
    this.isXa = false;
    this.parts.begin(groupName(group));
  }

  /** The changes of this group are prepared and not committed. */
  startXa(): void {
    this.isXa = true;
    this.held ??= new HeldParts(this.options.folder);
  }

  savepoint(name: string): void {
    this.requireOpen();
    this.held ??= new HeldParts(this.options.folder);
    this.parts.flush();
    const same = this.savepoints.findIndex((each) => each.name === name);
    if (same !== -1) this.savepoints.splice(same, 1);
    const { refs } = this.parts;
    this.savepoints.push({ name, pieces: this.held.length, refs });
  }

  rollbackTo(name: string): void {
    const index = this.savepoints.findIndex((each) => each.name === name);
    const savepoint = this.savepoints[index];
    if (savepoint === undefined)
      throw new RangeError(`ROLLBACK TO ${name}, which is no savepoint`);
    this.savepoints.length = index + 1;
    this.parts.rewind({ parts: this.passed, refs: savepoint.refs });
    this.held?.truncate(savepoint.pieces);
  }

  /** A promise where more is to be emitted than there is room for. */
  commit(): Promise<void> | undefined {
    const { xid, commit } = this.end();
    const { held, isKnown } = this;
    if (isKnown) this.abandon();
    else if (held === undefined) this.parts.commit(commit);
    else {
      this.parts.flush();
      this.parts.abandon();
      this.held = undefined;
      this.close();
      return this.replay(held, held.parts({ xid, part: this.passed }, commit));
    }
    this.close();
    return undefined;
  }

  /** The group was nothing. What it wrote into tables without transactions has groups of its own. */
  rollback(): void {
    this.end();
    this.takeBack();
  }

  /** The server ended inside the group: no decision about it is in the log, and none will come. */
  interrupt(): void {
    if (this.group !== undefined) this.takeBack();
  }

  private takeBack(): void {
    if (this.passed > 0) this.options.emit({ kind: "abandoned" });
    this.abandon();
    this.close();
  }

  prepare(xid: string): void {
    const group = this.requireOpen();
    this.parts.flush();
    this.parts.abandon();
    this.end();
    const held = this.held ?? new HeldParts(this.options.folder);
    this.held = undefined;
    if (this.prepared.has(xid))
      throw new RangeError(`XA PREPARE of ${xid}, which is prepared`);
    this.prepared.set(xid, { place: group.place, held });
    this.close();
  }

  decide(xid: string, isCommit: boolean): Promise<void> | undefined {
    const { place } = this.requireOpen();
    const prepared = this.prepared.get(xid);
    this.prepared.delete(xid);
    const { xid: name, commit } = this.end();
    const { isKnown } = this;
    this.abandon();
    this.close();
    if (prepared === undefined) {
      // Before what was asked for, more was prepared than is still undecided.
      if (isKnown) return undefined;
      return this.decideAgain(xid, { place, isCommit });
    }
    const { held } = prepared;
    if (isCommit && !isKnown)
      return this.replay(held, held.parts({ xid: name, part: 0 }, commit));
    held[Symbol.dispose]();
    return undefined;
  }

  /**
   * MariaDB may lose in a crash that it committed what its log says that it did: then it is prepared again, and is decided once more. Committed
   * again it is nothing new. What is rolled back is nothing, unless it was committed.
   */
  private async decideAgain(
    xid: string,
    {
      place,
      isCommit,
    }: { readonly place: BinlogPlace; readonly isCommit: boolean },
  ): Promise<void> {
    const wasCommitted =
      (await this.options.earlierXa(xid, place)) === "COMMIT";
    if (wasCommitted === isCommit) return;
    throw new RangeError(
      isCommit
        ? `XA COMMIT of ${xid}, which was prepared before the history began`
        : `XA ROLLBACK of ${xid}, which the log has committed before`,
    );
  }

  dispose(): void {
    this.held?.[Symbol.dispose]();
    for (const { held } of this.prepared.values()) held[Symbol.dispose]();
    this.prepared.clear();
  }

  private requireOpen(): Group {
    if (this.group === undefined)
      throw new RangeError("an event outside a transaction");
    return this.group;
  }

  /** Whatever became of it, the group is executed now. */
  private end() {
    const group = this.requireOpen();
    const { cursor } = this.options;
    const { gtid } = group;
    if (!this.isKnown && gtid !== undefined) {
      if ("source" in gtid) cursor.add(gtid.source, gtid.number);
      else cursor.addMariadb(gtid, gtid.server);
    }
    return {
      xid: groupName(group),
      commit: {
        position: cursor.position(this.undecided),
        rawCommittedAt: group.committedAt,
      },
    };
  }

  private close(): void {
    this.group = undefined;
    this.savepoints = [];
  }

  private abandon(): void {
    this.parts.abandon();
    this.held?.[Symbol.dispose]();
    this.held = undefined;
  }

  private route(part: SourcePart): void {
    if (this.held !== undefined) {
      this.held.add(part);
    } else {
      this.passed++;
      this.options.emit({ kind: "part", ...part });
    }
  }

  /** Few as good as always. */
  private replay(
    held: HeldParts,
    parts: Generator<SourcePart>,
  ): Promise<void> | undefined {
    for (let next = parts.next(); next.done !== true; next = parts.next()) {
      this.options.emit({ kind: "part", ...next.value });
      const wait = this.options.room();
      if (wait !== undefined) return this.replayLater(held, parts, wait);
    }
    held[Symbol.dispose]();
    return undefined;
  }

  private async replayLater(
    held: HeldParts,
    parts: Generator<SourcePart>,
    wait: Promise<void>,
  ): Promise<void> {
    using _held = held;
    await wait;
    for (const part of parts) {
      this.options.emit({ kind: "part", ...part });
      await this.options.room();
    }
  }
}

/** The transaction's name for people, the same however often it is read. */
function groupName({ gtid, place }: Group): string {
  if (gtid === undefined) return `${place.file}:${place.offset}`;
  return "source" in gtid
    ? `${gtid.source}:${gtid.number}`
    : `${gtid.domain}-${gtid.server}-${gtid.number}`;
}
