import type { Change } from "../../../core/change.ts";
import { lsnPosition } from "../../../core/position.ts";
import {
  DELETE_BRANCH,
  INSERT_BRANCH,
  OLD_FULL,
  OLD_KEY,
  OLD_NONE,
  UPDATE_BRANCH,
} from "../../../format/change-codec.ts";
import type { SourceItem } from "../../change-source.ts";
import { PartEncoder } from "../../stream/part-encoder.ts";
import type { CapturedRelation } from "./captured-relation.ts";
import type { Begin } from "./messages/begin.ts";
import type { Commit } from "./messages/commit.ts";
import type { MessageReader } from "./messages/reader.ts";
import { writeTuple } from "./write-tuple.ts";

const TUPLE_KEY = 0x4b;
const TUPLE_OLD = 0x4f;
const TUPLE_NEW = 0x4e;

/** Turns the messages of one transaction after the other into parts. Throws RangeError on what the protocol does not have. */
export class TransactionEncoder {
  private readonly parts: PartEncoder;

  constructor(emit: (item: SourceItem) => void) {
    this.parts = new PartEncoder((part) => emit({ kind: "part", ...part }));
  }

  get inTransaction(): boolean {
    return this.parts.inTransaction;
  }

  begin(begin: Begin): void {
    this.parts.begin(begin.xid);
  }

  /** `message` stands before its tuples. */
  insert(relation: CapturedRelation, message: MessageReader): void {
    const { items } = this.parts;
    const ref = this.parts.touch(relation);
    items.writeLong(INSERT_BRANCH);
    items.writeLong(ref);
    expectNew(message.uint8());
    writeTuple(items, message, relation.newRow);
    relation.inserts++;
    this.parts.added();
  }

  update(relation: CapturedRelation, message: MessageReader): void {
    const { items } = this.parts;
    const ref = this.parts.touch(relation);
    items.writeLong(UPDATE_BRANCH);
    items.writeLong(ref);
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
    this.parts.added();
  }

  delete(relation: CapturedRelation, message: MessageReader): void {
    const { items } = this.parts;
    const ref = this.parts.touch(relation);
    items.writeLong(DELETE_BRANCH);
    items.writeLong(ref);
    this.writeOld(relation, message, message.uint8());
    relation.deletes++;
    this.parts.added();
  }

  truncate(
    relations: readonly CapturedRelation[],
    options: { readonly cascade: boolean; readonly restartIdentity: boolean },
  ): void {
    this.parts.truncate(relations, options);
  }

  event(event: Change & { kind: "event" }): void {
    this.parts.event(event);
  }

  /** Nothing comes of a transaction in which nothing was written: it takes no seq. */
  commit(commit: Commit): void {
    this.parts.commit({
      position: lsnPosition(commit.endLsn),
      rawCommittedAt: commit.committedAt,
    });
  }

  private writeOld(
    relation: CapturedRelation,
    message: MessageReader,
    kind: number,
  ): void {
    const { items } = this.parts;
    const { identity } = relation.shape;
    if (kind === TUPLE_OLD && identity === "WHOLE_ROW") {
      items.writeLong(OLD_FULL);
      return writeTuple(items, message, relation.oldRow);
    }
    if (kind === TUPLE_KEY && identity === "KEY") {
      items.writeLong(OLD_KEY);
      return writeTuple(items, message, relation.oldKey);
    }
    throw new RangeError(
      `an old row of kind ${kind} in a table with identity ${identity}`,
    );
  }
}

function expectNew(kind: number): void {
  if (kind !== TUPLE_NEW) throw new RangeError(`a tuple of kind ${kind}`);
}
