import { randomInt } from "node:crypto";
import type { Change } from "../../../core/change.ts";
import type { TouchedTable } from "../../../core/journal-record.ts";
import { lsnPosition } from "../../../core/position.ts";
import type { SourceItem } from "../../change-source.ts";
import { AvroWriter } from "../../../format/avro-writer.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_FULL,
  OLD_KEY,
  OLD_NONE,
  UPDATE_BRANCH,
  writeChange,
} from "../../../format/change-codec.ts";
import type { CapturedRelation } from "./captured-relation.ts";
import type { Begin } from "./messages/begin.ts";
import type { Commit } from "./messages/commit.ts";
import type { MessageReader } from "./messages/reader.ts";
import { writeTuple } from "./write-tuple.ts";

/** A part is cut once it holds this many bytes: the size at which journal and Kafka are at their best. */
const PART_BYTES = 256 * 1024;
const CHUNK_BYTES = 1024 * 1024;

const TUPLE_KEY = 0x4b;
const TUPLE_OLD = 0x4f;
const TUPLE_NEW = 0x4e;

/** Turns the messages of one transaction after the other into parts. Throws RangeError on what the protocol does not have. */
export class TransactionEncoder {
  private readonly emit: (item: SourceItem) => void;
  private readonly items = new AvroWriter(CHUNK_BYTES);
  private count = 0;
  private readonly touched: CapturedRelation[] = [];
  private refs = 0;
  private part = 0;
  private transaction = randomInt(2 ** 40);
  private open: Begin | undefined;

  constructor(emit: (item: SourceItem) => void) {
    this.emit = emit;
  }

  get inTransaction(): boolean {
    return this.open !== undefined;
  }

  begin(begin: Begin): void {
    if (this.open !== undefined)
      throw new RangeError("a transaction inside a transaction");
    this.open = begin;
    this.transaction++;
    this.refs = 0;
    this.part = 0;
  }

  /** `message` stands before its tuples. */
  insert(relation: CapturedRelation, message: MessageReader): void {
    const { items } = this;
    items.writeLong(INSERT_BRANCH);
    items.writeLong(this.touch(relation));
    expectNew(message.uint8());
    writeTuple(items, message, relation.newRow);
    relation.inserts++;
    this.added();
  }

  update(relation: CapturedRelation, message: MessageReader): void {
    const { items } = this;
    items.writeLong(UPDATE_BRANCH);
    items.writeLong(this.touch(relation));
    const kind = message.uint8();
    if (kind === TUPLE_NEW) {
      if (relation.shape.identity !== "KEY")
        throw new RangeError("an update without its old row");
      items.writeLong(OLD_NONE);
      items.writeLong(0);
    } else {
      this.writeOld(relation, message, kind);
      expectNew(message.uint8());
    }
    writeTuple(items, message, relation.newRow);
    relation.updates++;
    this.added();
  }

  delete(relation: CapturedRelation, message: MessageReader): void {
    this.items.writeLong(DELETE_BRANCH);
    this.items.writeLong(this.touch(relation));
    this.writeOld(relation, message, message.uint8());
    relation.deletes++;
    this.added();
  }

  truncate(
    relations: readonly CapturedRelation[],
    options: { readonly cascade: boolean; readonly restartIdentity: boolean },
  ): void {
    const refs = relations.map((relation) => this.touch(relation));
    for (const relation of relations) relation.truncates++;
    writeChange(this.items, { kind: "truncate", refs, ...options });
    this.added();
  }

  event(event: Change & { kind: "event" }): void {
    if (this.open === undefined)
      throw new RangeError("an event outside a transaction");
    writeChange(this.items, event);
    this.added();
  }

  /** Nothing comes of a transaction in which nothing was written: it takes no seq. */
  commit(commit: Commit): void {
    if (this.open === undefined)
      throw new RangeError("a commit without a transaction");
    if (this.count > 0 || this.part > 0) {
      this.cut({
        position: lsnPosition(commit.endLsn),
        rawCommittedAt: commit.committedAt,
      });
    }
    this.open = undefined;
  }

  private writeOld(
    relation: CapturedRelation,
    message: MessageReader,
    kind: number,
  ): void {
    const { identity } = relation.shape;
    if (kind === TUPLE_OLD && identity === "WHOLE_ROW") {
      this.items.writeLong(OLD_FULL);
      return writeTuple(this.items, message, relation.oldRow);
    }
    if (kind === TUPLE_KEY && identity === "KEY") {
      this.items.writeLong(OLD_KEY);
      return writeTuple(this.items, message, relation.oldKey);
    }
    throw new RangeError(
      `an old row of kind ${kind} in a table with identity ${identity}`,
    );
  }

  /** The relation's ref in this transaction. */
  private touch(relation: CapturedRelation): number {
    if (this.open === undefined)
      throw new RangeError("a change outside a transaction");
    if (relation.transaction !== this.transaction) {
      relation.transaction = this.transaction;
      relation.ref = this.refs++;
      this.touched.push(relation);
    } else if (
      relation.inserts +
        relation.updates +
        relation.deletes +
        relation.truncates ===
        0 &&
      !this.touched.includes(relation)
    ) {
      this.touched.push(relation);
    }
    return relation.ref;
  }

  private added(): void {
    this.count++;
    if (this.items.size >= PART_BYTES) this.cut(undefined);
  }

  private cut(commit: Extract<SourceItem, { kind: "part" }>["commit"]): void {
    const { open } = this;
    if (open === undefined)
      throw new RangeError("a part outside a transaction");
    const tables = this.touched.map(takeCounts);
    if (tables.length > 1) tables.sort((a, b) => a.ref - b.ref);
    this.touched.length = 0;
    const items = { count: this.count, bytes: this.items.cut() };
    this.count = 0;
    this.emit({
      kind: "part",
      xid: open.xid,
      part: this.part++,
      tables,
      items,
      commit,
    });
  }
}

function takeCounts(relation: CapturedRelation): TouchedTable {
  const { ref, inserts, updates, deletes, truncates } = relation;
  relation.inserts = 0;
  relation.updates = 0;
  relation.deletes = 0;
  relation.truncates = 0;
  return {
    ref,
    table: relation.shape.table,
    shape: relation.shape.id,
    inserts,
    updates,
    deletes,
    truncates,
  };
}

function expectNew(kind: number): void {
  if (kind !== TUPLE_NEW) throw new RangeError(`a tuple of kind ${kind}`);
}
