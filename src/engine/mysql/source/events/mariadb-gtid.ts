import type { EventReader } from "./event-reader.ts";

/** MariaDB's GTID: the beginning of a group, in place of a BEGIN. */
export interface MariadbGtid {
  readonly domain: number;
  readonly number: number;
  /** One event follows, and nothing ends it. */
  readonly standalone: boolean;
  /** Rows of a transaction that ends in XA PREPARE; or what decides about one. */
  readonly xa: "prepared" | "completed" | undefined;
  /** Of an ALTER that is logged in two pieces: it takes effect with the second one. */
  readonly alter: "started" | "rolled back" | undefined;
}

const STANDALONE = 1;
const GROUP_COMMIT_ID = 2;
const PREPARED_XA = 64;
const COMPLETED_XA = 128;

const MULTI_ENGINE = 1;
const START_ALTER = 2;
const ROLLBACK_ALTER = 8;

/**
 * Int64 number · Int32 domain · Int8 flags · with GROUP_COMMIT_ID: Int64 id · with PREPARED_XA or COMPLETED_XA: Int32 format, Int8 and
 * Int8 sizes, xid · Int8 further flags · … (padded with zeros to 19 bytes)
 */
export function readMariadbGtid(reader: EventReader): MariadbGtid {
  const number = reader.uint64();
  const domain = reader.uint32();
  const flags = reader.uint8();
  if ((flags & GROUP_COMMIT_ID) !== 0) reader.skip(8);
  const isXa = (flags & (PREPARED_XA | COMPLETED_XA)) !== 0;
  if (isXa) {
    reader.skip(4);
    reader.skip(reader.uint8() + reader.uint8());
  }
  const extra = reader.left > 0 ? reader.uint8() : 0;
  if ((extra & MULTI_ENGINE) !== 0) reader.skip(1);
  return {
    domain,
    number,
    standalone: (flags & STANDALONE) !== 0,
    xa: !isXa
      ? undefined
      : (flags & PREPARED_XA) !== 0
        ? "prepared"
        : "completed",
    alter:
      (extra & START_ALTER) !== 0
        ? "started"
        : (extra & ROLLBACK_ALTER) !== 0
          ? "rolled back"
          : undefined,
  };
}
