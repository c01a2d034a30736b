/** Messages of pgoutput, protocol version 1, as the manual lays them out ("Logical Replication Message Formats"). */

/** null: SQL NULL. undefined: unchanged TOAST. */
export type TupleValue = string | Buffer | null | undefined;

export interface RelationSample {
  readonly oid: number;
  readonly namespace?: string;
  readonly name: string;
  readonly replicaIdentity?: string;
  /** `name*` is part of the identity; `name:oid` has that type, otherwise text. */
  readonly columns: readonly string[];
}

const TEXT_OID = 25;

export function beginMessage(xid: number, committedAt = 0n): Buffer {
  return Buffer.concat([
    text("B"),
    int64(0x1000n),
    int64(committedAt),
    int32(xid),
  ]);
}

export function commitMessage(endLsn: bigint, committedAt = 0n): Buffer {
  return Buffer.concat([
    text("C"),
    int8(0),
    int64(endLsn - 8n),
    int64(endLsn),
    int64(committedAt),
  ]);
}

export function relationMessage(relation: RelationSample): Buffer {
  return Buffer.concat([
    text("R"),
    int32(relation.oid),
    zeroEnded(relation.namespace ?? "public"),
    zeroEnded(relation.name),
    text(relation.replicaIdentity ?? "d"),
    int16(relation.columns.length),
    ...relation.columns.flatMap((column) => {
      const [name = "", type] = column.replace("*", "").split(":");
      return [
        int8(column.includes("*") ? 1 : 0),
        zeroEnded(name),
        int32(type === undefined ? TEXT_OID : Number(type)),
        int32(-1),
      ];
    }),
  ]);
}

export function typeMessage(oid: number, namespace: string, name: string) {
  return Buffer.concat([
    text("Y"),
    int32(oid),
    zeroEnded(namespace),
    zeroEnded(name),
  ]);
}

export function insertMessage(oid: number, row: readonly TupleValue[]): Buffer {
  return Buffer.concat([text("I"), int32(oid), text("N"), tuple(row)]);
}

export function updateMessage(
  oid: number,
  row: readonly TupleValue[],
  old?: { readonly kind: "K" | "O"; readonly row: readonly TupleValue[] },
): Buffer {
  return Buffer.concat([
    text("U"),
    int32(oid),
    ...(old === undefined ? [] : [text(old.kind), tuple(old.row)]),
    text("N"),
    tuple(row),
  ]);
}

export function deleteMessage(
  oid: number,
  old: { readonly kind: "K" | "O"; readonly row: readonly TupleValue[] },
): Buffer {
  return Buffer.concat([text("D"), int32(oid), text(old.kind), tuple(old.row)]);
}

export function truncateMessage(oids: readonly number[], options = 0): Buffer {
  return Buffer.concat([
    text("T"),
    int32(oids.length),
    int8(options),
    ...oids.map(int32),
  ]);
}

export function logicalMessage(
  prefix: string,
  content: Buffer | string,
  flags = 1,
): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([
    text("M"),
    int8(flags),
    int64(0x1000n),
    zeroEnded(prefix),
    int32(bytes.length),
    bytes,
  ]);
}

export function originMessage(name: string): Buffer {
  return Buffer.concat([text("O"), int64(0x1000n), zeroEnded(name)]);
}

export function keepaliveMessage(
  sentLsn: bigint,
  at: bigint,
  answer: boolean,
): Buffer {
  return Buffer.concat([
    text("k"),
    int64(sentLsn),
    int64(at),
    int8(answer ? 1 : 0),
  ]);
}

export function tuple(row: readonly TupleValue[]): Buffer {
  return Buffer.concat([int16(row.length), ...row.map(tupleColumn)]);
}

function tupleColumn(value: TupleValue): Buffer {
  if (value === null) return text("n");
  if (value === undefined) return text("u");
  const bytes = Buffer.from(value);
  return Buffer.concat([text("t"), int32(bytes.length), bytes]);
}

export function text(value: string): Buffer {
  return Buffer.from(value, "utf8");
}

export function zeroEnded(value: string): Buffer {
  return Buffer.from(`${value}\0`, "utf8");
}

export function int8(value: number): Buffer {
  return Buffer.from([value & 0xff]);
}

export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value | 0);
  return bytes;
}

export function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
