import { TidemarkError } from "../../../core/errors.ts";
import type { BinlogPlace, BinlogPosition } from "../../../core/position.ts";
import { EventReader } from "./events/event-reader.ts";
import * as EVENT from "./events/event-type.ts";
import { readFormatDescription } from "./events/format-description.ts";
import { readGtid, type GroupBegin } from "./events/gtid.ts";
import { readTaggedGtid } from "./events/gtid-tagged.ts";
import { readGtidList } from "./events/gtid-list.ts";
import { readHeartbeat, readHeartbeatV2 } from "./events/heartbeat.ts";
import { readIncident } from "./events/incident.ts";
import { readMariadbGtid } from "./events/mariadb-gtid.ts";
import { readPreviousGtids } from "./events/previous-gtids.ts";
import { isBegin, readQuery } from "./events/query.ts";
import { readCompressed } from "./events/compressed.ts";
import { readRotate } from "./events/rotate.ts";
import { readTransactionPayload } from "./events/transaction-payload.ts";
import { readXaPrepare } from "./events/xa-prepare.ts";
import { trailingBytes } from "./event-checksum.ts";
import type { LogCursor } from "./log-cursor.ts";
import { payloadEvents, smallPayload } from "./payload-events.ts";
import type { RowEvents } from "./row-events.ts";
import type { Statements } from "./statements.ts";
import type { Flavour, StreamTables } from "./stream-tables.ts";
import type { Transactions } from "./transactions.ts";

export interface BinlogDecoderOptions {
  readonly flavour: Flavour;
  readonly cursor: LogCursor;
  readonly tables: StreamTables;
  readonly transactions: Transactions;
  readonly statements: Statements;
  readonly rows: RowEvents;
}

type Work = Promise<void> | undefined;

/** The events of a binlog in order. Throws RangeError or SOURCE_UNREADABLE; the stream must then end: nothing is skipped. */
export class BinlogDecoder {
  private readonly options: BinlogDecoderOptions;
  private readonly reader = new EventReader();
  private hasChecksums = false;
  /** The group is one statement, or event, and nothing ends it. */
  private isSingle = false;
  /** The group is the first half of an ALTER, or one that was given up. */
  private isVoid = false;

  constructor(options: BinlogDecoderOptions) {
    this.options = options;
  }

  /** Everything that ends at or before `position` was decoded, and it is no earlier than what was asked for. */
  get isBetween(): boolean {
    const { transactions } = this.options;
    return !transactions.isOpen && transactions.isCaughtUp;
  }

  /** How far it has come; valid until the next event. */
  get place(): BinlogPlace {
    return this.options.cursor;
  }

  get position(): BinlogPosition {
    const { cursor, transactions } = this.options;
    return cursor.position(transactions.undecided);
  }

  /** One event; a promise where the next one has to wait for it. */
  decode(
    buffer: Buffer,
    range: { readonly start: number; readonly end: number },
  ): Work {
    const { reader, options } = this;
    reader.turnTo(
      buffer,
      range,
      trailingBytes(buffer, range, this.hasChecksums),
    );
    if (reader.logPos !== 0 && !isHeartbeat(reader.type))
      options.cursor.advance(reader.logPos, isHead(reader.type));
    const work = this.dispatch(reader);
    if (!options.transactions.isOpen)
      options.transactions.reach(options.cursor);
    return work;
  }

  private dispatch(reader: EventReader): Work {
    const { transactions, tables, rows } = this.options;
    switch (reader.type) {
      case EVENT.TABLE_MAP:
        return transactions.matter ? tables.describe(reader) : undefined;
      case EVENT.WRITE_ROWS:
      case EVENT.WRITE_ROWS_V1:
      case EVENT.UPDATE_ROWS:
      case EVENT.UPDATE_ROWS_V1:
      case EVENT.DELETE_ROWS:
      case EVENT.DELETE_ROWS_V1:
      case EVENT.WRITE_ROWS_COMPRESSED:
      case EVENT.WRITE_ROWS_COMPRESSED_V1:
      case EVENT.UPDATE_ROWS_COMPRESSED:
      case EVENT.UPDATE_ROWS_COMPRESSED_V1:
      case EVENT.DELETE_ROWS_COMPRESSED:
      case EVENT.DELETE_ROWS_COMPRESSED_V1:
      case EVENT.PARTIAL_UPDATE_ROWS:
        if (transactions.matter && rows.take(reader) && this.isSingle)
          return transactions.commit();
        return undefined;
      case EVENT.GTID:
      case EVENT.ANONYMOUS_GTID:
        return this.begin(
          readGtid(reader, reader.type === EVENT.ANONYMOUS_GTID),
          reader,
        );
      case EVENT.GTID_TAGGED:
        return this.begin(readTaggedGtid(reader), reader);
      case EVENT.MARIADB_GTID:
        return this.beginMariadb(reader);
      case EVENT.XID:
        return transactions.commit();
      case EVENT.QUERY:
        return transactions.isOpen && !this.isVoid && isBegin(reader)
          ? this.opened()
          : this.query(reader);
      case EVENT.QUERY_COMPRESSED:
        return this.query(reader);
      case EVENT.ROWS_QUERY:
        // Int8 its length, modulo 256.
        reader.skip(1);
        rows.statement(reader);
        return undefined;
      case EVENT.ANNOTATE_ROWS:
        rows.statement(reader);
        return undefined;
      case EVENT.XA_PREPARE: {
        const { onePhase, xid } = readXaPrepare(reader);
        if (onePhase) return transactions.commit();
        transactions.prepare(xid);
        return undefined;
      }
      case EVENT.TRANSACTION_PAYLOAD:
        return this.payload(reader);
      default:
        this.control(reader);
        return undefined;
    }
  }

  /** What belongs to files and servers, not to transactions. */
  private control(reader: EventReader): void {
    const { cursor, transactions } = this.options;
    switch (reader.type) {
      case EVENT.ROTATE: {
        const { file, offset } = readRotate(reader);
        return cursor.rotate(file, offset);
      }
      case EVENT.FORMAT_DESCRIPTION:
        this.hasChecksums = readFormatDescription(reader).hasChecksums;
        // No group goes on in another file.
        if (reader.logPos !== 0) transactions.interrupt();
        return;
      case EVENT.PREVIOUS_GTIDS: {
        const gtids = readPreviousGtids(reader);
        if (transactions.isCaughtUp) cursor.merge(gtids);
        return;
      }
      case EVENT.GTID_LIST:
        return this.gtidList(reader);
      case EVENT.HEARTBEAT:
      case EVENT.HEARTBEAT_V2:
        return this.heartbeat(reader);
      case EVENT.INCIDENT:
        throw new TidemarkError(
          "SOURCE_UNREADABLE",
          `the server has lost events of its log here: ${readIncident(reader)}`,
          {
            hint: "what is archived stays restorable; its history goes on with a new base: `tidemark rebase`",
          },
        );
      case EVENT.BEGIN_LOAD_QUERY:
      case EVENT.EXECUTE_LOAD_QUERY:
        throw new TidemarkError(
          "SOURCE_UNREADABLE",
          "the log has LOAD DATA as a statement, not as rows",
          { hint: "SET GLOBAL binlog_format = ROW; nothing was skipped" },
        );
      // The end of a server or of what it has to say about itself; and what only a statement with it would need.
      case EVENT.STOP:
      case EVENT.BINLOG_CHECKPOINT:
      case EVENT.START_ENCRYPTION:
      case EVENT.TRANSACTION_CONTEXT:
      case EVENT.VIEW_CHANGE:
      case EVENT.INTVAR:
      case EVENT.RAND:
      case EVENT.USER_VAR:
        return;
      default:
        if ((reader.flags & EVENT.IGNORABLE_FLAG) !== 0) return;
        throw new TidemarkError(
          "SOURCE_UNREADABLE",
          `the log has an event of the unknown type ${reader.type}`,
          { hint: "a newer Tidemark may know it; nothing was skipped" },
        );
    }
  }

  private begin({ gtid, committedAt }: GroupBegin, reader: EventReader): Work {
    this.isSingle = true;
    this.isVoid = false;
    this.open({ gtid, committedAt }, reader);
    return undefined;
  }

  /** MariaDB says no more of the time than its second. */
  private beginMariadb(reader: EventReader): Work {
    const gtid = readMariadbGtid(reader);
    this.isSingle = gtid.standalone;
    this.isVoid = gtid.alter !== undefined;
    this.open(
      {
        gtid: { ...gtid, server: reader.serverId },
        committedAt: BigInt(reader.second) * 1_000_000n,
      },
      reader,
    );
    if (gtid.xa === "prepared") this.options.transactions.startXa();
    return undefined;
  }

  private open(
    group: Omit<Parameters<Transactions["begin"]>[0], "place">,
    reader: EventReader,
  ): void {
    const { cursor, transactions, tables, rows } = this.options;
    const { file, offset } = cursor;
    const size = reader.buffer.readUInt32LE(reader.start + 9);
    transactions.begin({ ...group, place: { file, offset: offset - size } });
    tables.nextGroup();
    rows.nextGroup();
  }

  private query(reader: EventReader): Work {
    const { statements, transactions } = this.options;
    const query = readQuery(reader);
    // Without a group: a note of the server's own, as of an event that it leaves out.
    if (!transactions.isOpen) {
      if (statements.isNothing(query)) return undefined;
      throw new RangeError("a statement outside a transaction");
    }
    const outcome = this.isVoid
      ? "single"
      : statements.run(
          reader.type === EVENT.QUERY_COMPRESSED
            ? { ...query, text: readCompressed(query.text) }
            : query,
        );
    if (outcome === "ended") return undefined;
    if (outcome === "open") return this.opened();
    if (outcome === "single")
      return this.isSingle ? transactions.commit() : undefined;
    return outcome;
  }

  private opened(): undefined {
    if (this.options.flavour === "mysql") this.isSingle = false;
  }

  private payload(reader: EventReader): Work {
    const payload = readTransactionPayload(reader);
    const small = smallPayload(payload);
    if (small === undefined) return this.longPayload(payload);
    const events = small[Symbol.iterator]();
    return this.inner(events);
  }

  private inner(events: Iterator<Buffer>): Work {
    for (let next = events.next(); next.done !== true; next = events.next()) {
      const work = this.innerEvent(next.value);
      if (work !== undefined) return work.then(() => this.inner(events));
    }
    return undefined;
  }

  private async longPayload(
    payload: Parameters<typeof payloadEvents>[0],
  ): Promise<void> {
    const { room } = this.options.transactions;
    for await (const events of payloadEvents(payload)) {
      for (const each of events) await this.innerEvent(each);
      await room();
    }
  }

  /** Its place in the file is that of the event that it is part of. */
  private innerEvent(buffer: Buffer): Work {
    const reader = new EventReader();
    reader.turnTo(buffer, { start: 0, end: buffer.length }, 0);
    return this.dispatch(reader);
  }

  private gtidList(reader: EventReader): void {
    const { cursor, transactions } = this.options;
    // What was asked for says it better: a domain's newest there may be of another server.
    if (cursor.hasGtids || !transactions.isCaughtUp) return;
    const entries = readGtidList(reader);
    cursor.adopt("");
    for (const { domain, server, number } of entries)
      cursor.addMariadb({ domain, number }, server);
  }

  private heartbeat(reader: EventReader): void {
    const { cursor, transactions } = this.options;
    if (transactions.isOpen) return;
    const { logPos } = reader;
    const { file, offset } =
      reader.type === EVENT.HEARTBEAT
        ? readHeartbeat(reader)
        : readHeartbeatV2(reader);
    if (file !== cursor.file) return;
    if (offset !== undefined) cursor.skipTo(offset);
    else if (logPos > cursor.offset % 2 ** 32) cursor.advance(logPos, false);
  }
}

function isHeartbeat(type: number): boolean {
  return type === EVENT.HEARTBEAT || type === EVENT.HEARTBEAT_V2;
}

function isHead(type: number): boolean {
  return (
    type === EVENT.FORMAT_DESCRIPTION ||
    type === EVENT.PREVIOUS_GTIDS ||
    type === EVENT.GTID_LIST ||
    type === EVENT.BINLOG_CHECKPOINT ||
    type === EVENT.START_ENCRYPTION
  );
}
