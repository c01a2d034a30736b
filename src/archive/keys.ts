import type { SourceName } from "../core/source-name.ts";

/** Every key of the archive is built here. All begin with the source's name, in the catalog's entries too. */
export const CHECKPOINT_EVERY = 1000;

function digits(value: number, length: number): string {
  return value.toString().padStart(length, "0");
}

export function catalogPrefix(source: SourceName): string {
  return `${source}/catalog/`;
}

/** `<source>/catalog/00000000000000000042.json` */
export function catalogKey(source: SourceName, n: number): string {
  return `${catalogPrefix(source)}${digits(n, 20)}.json`;
}

/** `<source>/catalog/00000000000000001000.checkpoint` */
export function checkpointKey(source: SourceName, n: number): string {
  return `${catalogPrefix(source)}${digits(n, 20)}.checkpoint`;
}

/** The number of an entry's key, or undefined for a checkpoint and whatever else lies there. */
export function entryNumber(key: string): number | undefined {
  const match = /\/catalog\/(\d{20})\.json$/.exec(key);
  return match === null ? undefined : Number(match[1]);
}

export function segmentsPrefix(source: SourceName): string {
  return `${source}/segments/`;
}

export interface SegmentName {
  readonly epoch: number;
  readonly first: number;
  readonly last: number;
  /** Of the stored bytes; its first 8 digits are in the key. */
  readonly sha256: string;
}

/** `<source>/segments/<epoch>/<first seq>-<last seq>-<hash8>.avro`: two writers never touch the same key. */
export function segmentKey(source: SourceName, name: SegmentName): string {
  const epoch = digits(name.epoch, 8);
  const range = `${digits(name.first, 20)}-${digits(name.last, 20)}`;
  const hash = name.sha256.slice(0, 8);
  return `${segmentsPrefix(source)}${epoch}/${range}-${hash}.avro`;
}

/** The epoch whose writer made a segment's object, or undefined for a key that is none. */
export function segmentEpoch(key: string): number | undefined {
  const match = /\/segments\/(\d{8,})\/\d{20}-\d{20}-[0-9a-f]{8}\.avro$/.exec(
    key,
  );
  return match === null ? undefined : Number(match[1]);
}

export function basesPrefix(source: SourceName): string {
  return `${source}/bases/`;
}

/** All that belongs to one base; what its intent names. */
export function basePrefix(source: SourceName, base: string): string {
  return `${basesPrefix(source)}${base}/`;
}

export function manifestKey(source: SourceName, base: string): string {
  return `${basePrefix(source, base)}manifest.json.zst`;
}

export function definitionsKey(source: SourceName, base: string): string {
  return `${basePrefix(source, base)}schema.json.zst`;
}

export interface BasePart {
  readonly base: string;
  readonly table: number;
  readonly part: number;
}

/** `<source>/bases/<base>/<table>/00000.tsv.zst` */
export function basePartKey(source: SourceName, name: BasePart): string {
  const part = digits(name.part, 5);
  return `${basePrefix(source, name.base)}${name.table}/${part}.tsv.zst`;
}

/** `<prefix of a base>` of a key under bases/, or undefined. */
export function basePrefixOf(key: string): string | undefined {
  return /^[^/]+\/bases\/[^/]+\//.exec(key)?.[0];
}

/** What a probe of the store creates and deletes. */
export function probeKey(nonce: string, round: number): string {
  return `probe/${nonce}/${digits(round, 4)}`;
}
