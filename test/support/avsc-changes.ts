import { readFileSync } from "node:fs";
import avsc from "avsc";
import {
  ABSENT,
  UNCHANGED,
  type Change,
  type EventKind,
  type Old,
  type Row,
} from "../../src/core/change.ts";
import type { SourcePart } from "../../src/engine/change-source.ts";
import { encodePart } from "../../src/format/part-header.ts";

/** A record of the journal, as the schema has it. */
export const AVSC_RECORD = avsc.Type.forSchema(
  JSON.parse(
    readFileSync(
      new URL("../../schemas/journal-record.v1.avsc", import.meta.url),
      "utf8",
    ),
  ) as avsc.Schema,
);

interface AvroRow {
  readonly values: readonly (null | "UNCHANGED" | "ABSENT" | Buffer)[];
}

/** What avsc makes of one item: its branch's name and its fields. */
interface AvroFields {
  readonly ref: number;
  readonly after: AvroRow;
  readonly oldKind: "NONE" | "KEY" | "FULL";
  readonly old: AvroRow;
  readonly refs: readonly number[];
  readonly cascade: boolean;
  readonly restartIdentity: boolean;
  readonly kind: EventKind;
  readonly name: string;
  readonly body: Buffer;
}

/** The changes of a part as another implementation of Avro reads them, by the published schema alone. */
export function readByAvsc(part: SourcePart): Change[] {
  const { bytes } = encodePart(
    {
      seq: 1,
      part: part.part,
      attempt: 1,
      incarnation: 1,
      xid: part.xid,
      tables: part.tables,
      commit: undefined,
    },
    part.items,
  );
  const { record } = AVSC_RECORD.fromBuffer(Buffer.from(bytes)) as {
    readonly record: {
      readonly "tidemark.v1.TransactionPart": {
        readonly changes: readonly Readonly<Record<string, AvroFields>>[];
      };
    };
  };
  const { changes } = record["tidemark.v1.TransactionPart"];
  if (changes.length !== part.items.count)
    throw new Error(`${changes.length} items, counted ${part.items.count}`);
  return changes.map((change) => {
    const [entry] = Object.entries(change);
    if (entry === undefined) throw new Error("an item of no branch");
    return readItem(entry[0].replace("tidemark.v1.", ""), entry[1]);
  });
}

function readItem(branch: string, fields: AvroFields): Change {
  const { ref, refs, cascade, restartIdentity } = fields;
  switch (branch) {
    case "Insert":
      return { kind: "insert", ref, after: readRow(fields.after) };
    case "Update":
      return {
        kind: "update",
        ref,
        old: readOld(fields),
        after: readRow(fields.after),
      };
    case "Delete": {
      const old = readOld(fields);
      if (old.kind === "none") throw new Error("a delete without an old row");
      return { kind: "delete", ref, old };
    }
    case "Truncate":
      return { kind: "truncate", refs, cascade, restartIdentity };
    case "Event": {
      const { kind, name, body } = fields;
      return { kind: "event", event: kind, name, body };
    }
    default:
      throw new Error(`an item of branch ${branch}`);
  }
}

function readOld({ oldKind, old }: AvroFields): Old {
  switch (oldKind) {
    case "NONE":
      return { kind: "none" };
    case "KEY":
      return { kind: "key", row: readRow(old) };
    case "FULL":
      return { kind: "full", row: readRow(old) };
  }
}

function readRow({ values }: AvroRow): Row {
  return values.map((value) => {
    if (value === "UNCHANGED") return UNCHANGED;
    return value === "ABSENT" ? ABSENT : value;
  });
}
