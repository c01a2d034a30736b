import { TidemarkError } from "../../../core/errors.ts";
import { tableLabel, type TableFilter } from "../../../core/shape.ts";
import { EVENT_KINDS, type EventKind } from "../../../core/change.ts";
import type { SourceItem } from "../../change-source.ts";
import {
  streamRelation,
  type CapturedRelation,
  type StreamRelation,
  type TypeNames,
} from "./captured-relation.ts";
import { readBegin } from "./messages/begin.ts";
import { readCommit } from "./messages/commit.ts";
import { readLogicalMessage } from "./messages/logical-message.ts";
import type { MessageReader } from "./messages/reader.ts";
import { readRelation } from "./messages/relation.ts";
import { readTruncate } from "./messages/truncate.ts";
import { readType } from "./messages/type.ts";
import { typeLabel } from "../shape.ts";
import { TransactionEncoder } from "./transaction-encoder.ts";

/** A change in one piece; more would have to be held in memory several times over. */
const MAX_ROW_BYTES = 256 * 1024 * 1024;
const CONTEXT_PREFIX = "tidemark.context";
/** A context is a note of an application's, untrusted: longer ones are cut. */
const CONTEXT_BYTES = 64 * 1024;

/** The messages of pgoutput, protocol version 1 (Postgres manual, "Logical Replication Message Formats"). */
export class PgoutputDecoder {
  private readonly types: TypeNames;
  private readonly includes: TableFilter;
  private readonly emit: (item: SourceItem) => void;
  private readonly transaction: TransactionEncoder;
  private readonly relations = new Map<number, StreamRelation>();
  private lastOid = -1;
  private lastRelation: StreamRelation | undefined;

  constructor(options: {
    readonly types: TypeNames;
    readonly includes: TableFilter;
    readonly emit: (item: SourceItem) => void;
  }) {
    this.types = options.types;
    this.includes = options.includes;
    this.emit = options.emit;
    this.transaction = new TransactionEncoder(options.emit);
  }

  get inTransaction(): boolean {
    return this.transaction.inTransaction;
  }

  /** Throws RangeError or SOURCE_UNREADABLE; the stream must then end: nothing is skipped. */
  decode(message: MessageReader): void {
    const kind = String.fromCharCode(message.uint8());
    switch (kind) {
      case "I":
        return this.insert(message);
      case "U": {
        const relation = this.relation(message.uint32());
        if (relation.kind !== "captured") return;
        checkSize(relation, message);
        return this.transaction.update(relation, message);
      }
      case "D": {
        const relation = this.relation(message.uint32());
        if (relation.kind !== "captured") return;
        checkSize(relation, message);
        return this.transaction.delete(relation, message);
      }
      case "B":
        return this.transaction.begin(readBegin(message));
      case "C":
        return this.transaction.commit(readCommit(message));
      case "R":
        return this.describe(message);
      case "Y": {
        const type = readType(message);
        this.types.set(type.oid, typeLabel(type));
        return;
      }
      case "T":
        return this.truncate(message);
      case "M":
        return this.logicalMessage(message);
      case "O":
        return; // Which server a replicated transaction came from first; it is the same transaction here.
      default:
        throw new TidemarkError(
          "SOURCE_UNREADABLE",
          `the replication stream has a message of an unknown kind ${JSON.stringify(kind)}`,
          { hint: "a newer Tidemark may know it; nothing was skipped" },
        );
    }
  }

  private insert(message: MessageReader): void {
    const relation = this.relation(message.uint32());
    switch (relation.kind) {
      case "captured":
        checkSize(relation, message);
        return this.transaction.insert(relation, message);
      case "log":
        return this.transaction.event(readLogRow(message, relation.columns));
      case "ignored":
        return;
    }
  }

  private describe(message: MessageReader): void {
    const relation = readRelation(message);
    const described = streamRelation(relation, {
      types: this.types,
      includes: this.includes,
    });
    const known = this.relations.get(relation.oid);
    if (described.kind === "captured") {
      // pgoutput repeats itself; the counters of the part being made belong to the first description.
      if (known?.kind === "captured" && known.shape.id === described.shape.id)
        return;
      this.emit({ kind: "shape", shape: described.shape });
    }
    this.relations.set(relation.oid, described);
    this.lastOid = -1;
  }

  private truncate(message: MessageReader): void {
    const { oids, cascade, restartIdentity } = readTruncate(message);
    const relations: CapturedRelation[] = [];
    for (const oid of oids) {
      const relation = this.relation(oid);
      if (relation.kind === "captured") relations.push(relation);
    }
    if (relations.length > 0)
      this.transaction.truncate(relations, { cascade, restartIdentity });
  }

  private logicalMessage(message: MessageReader): void {
    const { transactional, prefix, content } = readLogicalMessage(message);
    if (!transactional || prefix !== CONTEXT_PREFIX) return;
    this.transaction.event({
      kind: "event",
      event: "context",
      name: prefix,
      body: content.subarray(0, CONTEXT_BYTES),
    });
  }

  private relation(oid: number): StreamRelation {
    if (oid === this.lastOid && this.lastRelation !== undefined)
      return this.lastRelation;
    const relation = this.relations.get(oid);
    if (relation === undefined) {
      throw new RangeError(
        `a change of relation ${oid}, which the stream did not describe`,
      );
    }
    this.lastOid = oid;
    this.lastRelation = relation;
    return relation;
  }
}

/**
 * Only of what is captured: a table that is left out and any role's messages may be as large as they like. The kind and the
 * relation's oid have been read.
 */
function checkSize(relation: CapturedRelation, message: MessageReader): void {
  const bytes = 5 + message.left;
  if (bytes <= MAX_ROW_BYTES) return;
  throw new TidemarkError(
    "ROW_TOO_LARGE",
    `a change of ${tableLabel(relation.shape)} has ${bytes} bytes; at most ${MAX_ROW_BYTES} are captured`,
    {
      hint: "split the value, or leave the table out with `tables:`; nothing was skipped",
    },
  );
}

/** A row of tidemark.log: kind, name and body are text columns. */
function readLogRow(reader: MessageReader, columns: readonly string[]) {
  reader.skip(1); // 'N': a new row
  if (reader.uint16() !== columns.length)
    throw new RangeError("a row of tidemark.log of another width");
  const row = new Map<string, Buffer>();
  for (const column of columns) {
    const kind = String.fromCharCode(reader.uint8());
    if (kind === "t") row.set(column, reader.bytes(reader.uint32()));
    else if (kind !== "n")
      throw new RangeError(`tidemark.log has a column of kind ${kind}`);
  }
  const name = row.get("name");
  const body = row.get("body");
  if (name === undefined || body === undefined) {
    throw new RangeError("tidemark.log has no name or body");
  }
  return {
    kind: "event" as const,
    event: logKind(row.get("kind")?.toString("utf8")),
    name: name.toString("utf8"),
    body,
  };
}

function logKind(text: string | undefined): EventKind {
  const kind = EVENT_KINDS.find((known) => known === text);
  // A context from this table would be taken for an application's note.
  if (kind === undefined || kind === "context") {
    throw new TidemarkError(
      "SOURCE_UNREADABLE",
      `tidemark.log has a row of an unknown kind ${JSON.stringify(text)}`,
      { hint: "a newer Tidemark wrote it: run that version" },
    );
  }
  return kind;
}
