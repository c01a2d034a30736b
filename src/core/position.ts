import { TidemarkError } from "./errors.ts";
import { GtidSet } from "./gtid-set.ts";

/**
 * Where a transaction ends in its source, and what capture resumes from. Tagged by engine family; adding an engine adds a
 * member here, and every `switch` over `kind` stops compiling until it is handled.
 */
export type Position =
  | { readonly kind: "lsn"; readonly lsn: bigint }
  | BinlogPosition
  /** Only said by users, in `position:`: everything that these transactions have brought. */
  | { readonly kind: "gtids"; readonly gtids: string };

/** MySQL and MariaDB. */
export interface BinlogPosition extends BinlogPlace {
  readonly kind: "binlog";
  /** Executed as of here, as GtidSet prints it; undefined: the server does not number its transactions. */
  readonly gtids: string | undefined;
  /** Where the oldest XA PREPARE begins that is neither committed nor rolled back as of here. */
  readonly undecided: BinlogPlace | undefined;
}

export interface BinlogPlace {
  /** The server's name of the file, `binlog.000012`. */
  readonly file: string;
  /** In bytes, behind the event; may be beyond 2^32. */
  readonly offset: number;
}

const LSN = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/i;
const PLACE = /^([^\s:;]{1,255}\.([0-9]{1,10})):([0-9]{1,16})$/;
const GTIDS = "gtid=";
const UNDECIDED = "xa=";

export function lsnPosition(lsn: bigint): Position {
  return { kind: "lsn", lsn };
}

/** For Postgres' adapters, to which no other position can come. */
export function lsnOf(position: Position): bigint {
  if (position.kind === "lsn") return position.lsn;
  throw anotherEngine(position);
}

/** For MySQL's adapters, likewise. */
export function binlogOf(position: Position): BinlogPosition {
  if (position.kind === "binlog") return position;
  throw anotherEngine(position);
}

/**
 * Postgres' own spelling, `X/X` in upper-case hexadecimal without leading zeros. MySQL and MariaDB:
 * `FILE:OFFSET[;gtid=SET][;xa=FILE:OFFSET]`.
 */
export function formatPosition(position: Position): string {
  switch (position.kind) {
    case "lsn":
      return formatLsn(position.lsn);
    case "binlog": {
      const { gtids, undecided } = position;
      let text = placeText(position);
      if (gtids !== undefined) text += `;${GTIDS}${gtids}`;
      if (undecided !== undefined)
        text += `;${UNDECIDED}${placeText(undecided)}`;
      return text;
    }
    case "gtids":
      return position.gtids;
  }
}

export function parsePosition(text: string): Position {
  if (LSN.test(text)) return lsnPosition(readLsn(text));
  const position = parseBinlogPosition(text);
  if (position !== undefined) return position;
  try {
    const gtids = GtidSet.parse(text);
    if (!gtids.isEmpty) return { kind: "gtids", gtids: gtids.toString() };
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
  }
  throw new TidemarkError("USAGE", `"${text}" is not a position`, {
    hint: "a Postgres position looks like 0/16B3748, one of MySQL like binlog.000012:4567, or it is a set of GTIDs",
  });
}

function parseBinlogPosition(text: string): BinlogPosition | undefined {
  const [first = "", ...rest] = text.split(";");
  const place = parsePlace(first);
  if (place === undefined) return undefined;
  let gtids: string | undefined;
  let undecided: BinlogPlace | undefined;
  for (const piece of rest) {
    if (piece.startsWith(GTIDS) && gtids === undefined) {
      gtids = GtidSet.normalize(piece.slice(GTIDS.length));
    } else if (piece.startsWith(UNDECIDED) && undecided === undefined) {
      undecided = parsePlace(piece.slice(UNDECIDED.length));
      if (undecided === undefined) return undefined;
    } else return undefined;
  }
  return { kind: "binlog", ...place, gtids, undecided };
}

function parsePlace(text: string): BinlogPlace | undefined {
  const match = PLACE.exec(text);
  if (match === null) return undefined;
  return { file: match[1] ?? "", offset: Number(match[3]) };
}

function placeText({ file, offset }: BinlogPlace): string {
  return `${file}:${offset}`;
}

export function formatLsn(lsn: bigint): string {
  const high = (lsn >> 32n).toString(16).toUpperCase();
  const low = (lsn & 0xffff_ffffn).toString(16).toUpperCase();
  return `${high}/${low}`;
}

/** The server's `X/X`; throws a RangeError on anything else. */
export function parseLsn(text: string): bigint {
  if (!LSN.test(text)) throw new RangeError(`not an LSN: ${text}`);
  return readLsn(text);
}

function readLsn(text: string): bigint {
  const slash = text.indexOf("/");
  const high = parseInt(text.slice(0, slash), 16);
  const low = parseInt(text.slice(slash + 1), 16);
  return (BigInt(high) << 32n) | BigInt(low);
}

/**
 * Whether everything that ends at `a` has happened once `b` is reached. Positions of one source only: throws USAGE for those of
 * two engines, and for a set of GTIDs beside a place of a server that does not number its transactions.
 */
export function isAtOrBefore(a: Position, b: Position): boolean {
  if (a.kind === "lsn" && b.kind === "lsn") return a.lsn <= b.lsn;
  if (a.kind === "binlog" && b.kind === "binlog")
    return compareBinlogPlaces(a, b) <= 0;
  if (a.kind === "gtids" || b.kind === "gtids")
    return GtidSet.parse(gtidsOf(b, a)).contains(GtidSet.parse(gtidsOf(a, b)));
  throw anotherEngine(a);
}

/** By the number of the file and the place in it. */
export function compareBinlogPlaces(a: BinlogPlace, b: BinlogPlace): number {
  if (a.file === b.file) return a.offset - b.offset;
  return fileNumber(a) - fileNumber(b) || a.offset - b.offset;
}

function fileNumber({ file }: BinlogPlace): number {
  return Number(file.slice(file.lastIndexOf(".") + 1));
}

function gtidsOf(position: Position, beside: Position): string {
  if (position.kind === "lsn") throw anotherEngine(beside);
  if (position.gtids !== undefined) return position.gtids;
  throw new TidemarkError(
    "USAGE",
    `${formatPosition(beside)} is a set of GTIDs, and the source has none`,
    { hint: "a place in its binlog looks like binlog.000012:4567" },
  );
}

/**
 * How much log lies between two positions of one source, in bytes; negative when `to` lies before `from`. Undefined where they lie in
 * two files, whose sizes only the server knows.
 */
export function logBytesBetween(
  from: Position,
  to: Position,
): number | undefined {
  if (from.kind === "lsn" && to.kind === "lsn")
    return Number(to.lsn - from.lsn);
  if (from.kind !== "binlog" || to.kind !== "binlog") return undefined;
  return from.file === to.file ? to.offset - from.offset : undefined;
}

export function isSamePosition(a: Position, b: Position): boolean {
  return formatPosition(a) === formatPosition(b);
}

function anotherEngine(position: Position): TidemarkError {
  return new TidemarkError(
    "USAGE",
    `${formatPosition(position)} is a position of another engine`,
    { hint: "`tidemark log` prints this source's" },
  );
}
