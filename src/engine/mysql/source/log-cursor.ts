import type { BinlogPlace, BinlogPosition } from "../../../core/position.ts";
import { GtidSet } from "../../../core/gtid-set.ts";
import type { MariadbGtid } from "./events/mariadb-gtid.ts";

const WRAP = 2 ** 32;
/** Behind the file's magic number. */
export const FIRST_OFFSET = 4;

/** How far a stream has come: file and place in it, of which an event has only 32 bits, and the transactions that were executed by then. */
export class LogCursor {
  file: string;
  offset: number;
  private readonly start: BinlogPlace;
  private executed: GtidSet | undefined;
  private text: string | undefined;
  /** What lies at the head of a file comes again when a server seeks a transaction by its id: it is no step back. */
  private seeking = true;

  constructor(start: BinlogPlace, gtids: string | undefined) {
    this.start = start;
    this.file = start.file;
    this.offset = start.offset;
    this.adopt(gtids);
  }

  get hasGtids(): boolean {
    return this.executed !== undefined;
  }

  /** Where the server goes on. In the file that was asked for, no earlier than asked for. */
  rotate(file: string, offset: number): void {
    const resumed = this.seeking && file === this.start.file;
    if (!resumed) this.seeking = false;
    this.file = file;
    this.offset = Math.max(offset, resumed ? this.start.offset : 0);
  }

  /** An event of the file ended, at a place modulo 2^32. */
  advance(logPos: number, isHead: boolean): void {
    if (isHead && this.seeking) return;
    this.seeking = false;
    const base = this.offset - (this.offset % WRAP);
    const offset = base + logPos;
    this.offset = offset < this.offset ? offset + WRAP : offset;
  }

  /** Nothing was sent up to here. */
  skipTo(offset: number): void {
    if (offset > this.offset) this.offset = offset;
  }

  /** What is said at the head of a file. */
  adopt(gtids: string | undefined): void {
    this.executed = gtids === undefined ? undefined : GtidSet.parse(gtids);
    this.text = undefined;
  }

  /**
   * What the head of a file says was executed before it: also what nobody executed here, but gave the server as executed. Nothing says nothing: so
   * does a server that does not number its transactions.
   */
  merge(gtids: string): void {
    if (gtids === "") return;
    const ours = this.executed?.toString();
    const entries = [ours, gtids].filter((each) => each !== undefined);
    this.adopt(entries.filter((each) => each !== "").join(","));
  }

  add(source: string, number: number): void {
    this.executed?.add(source, number);
    this.text = undefined;
  }

  addMariadb(
    { domain, number }: Pick<MariadbGtid, "domain" | "number">,
    server: number,
  ): void {
    this.executed?.addMariadb(domain, server, number);
    this.text = undefined;
  }

  get place(): BinlogPlace {
    return { file: this.file, offset: this.offset };
  }

  position(undecided: BinlogPlace | undefined): BinlogPosition {
    if (this.executed !== undefined) this.text ??= this.executed.toString();
    return {
      kind: "binlog",
      file: this.file,
      offset: this.offset,
      gtids: this.text,
      undecided,
    };
  }
}
