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

/** `suffix`: fresh per run, so that a run after a crash never meets the keys of the one before. */
export function manifestKey(
  source: SourceName,
  base: string,
  suffix: string,
): string {
  return `${basePrefix(source, base)}manifest-${suffix}.json.zst`;
}

export function definitionsKey(
  source: SourceName,
  base: string,
  suffix: string,
): string {
  return `${basePrefix(source, base)}schema-${suffix}.json.zst`;
}

export interface BaseCopy {
  readonly base: string;
  readonly table: number;
  /** 1, 2, 3 … within a base: a table that is copied again never meets the keys of its earlier copies. */
  readonly attempt: number;
}

/** `<source>/bases/<base>/<table>/<attempt>-00000.tsv.zst` */
export function basePartKey(
  source: SourceName,
  name: BaseCopy & { readonly part: number },
): string {
  return `${copyPrefix(source, name)}${digits(name.part, 5)}.tsv.zst`;
}

/** `<source>/bases/<base>/<table>/<attempt>-copy.json.zst`: this copy is whole. */
export function baseCopyKey(source: SourceName, name: BaseCopy): string {
  return `${copyPrefix(source, name)}copy.json.zst`;
}

function copyPrefix(source: SourceName, name: BaseCopy): string {
  return `${basePrefix(source, name.base)}${name.table}/${digits(name.attempt, 3)}-`;
}

/** The attempt that a key below a base's prefix belongs to, and whether it says that a copy is whole. */
export function baseCopyOf(
  key: string,
): { readonly attempt: number; readonly whole: boolean } | undefined {
  const match =
    /\/bases\/[^/]+\/\d+\/(\d{3,})-(copy\.json|\d{5,}\.tsv)\.zst$/.exec(key);
  if (match === null) return undefined;
  return { attempt: Number(match[1]), whole: match[2] === "copy.json" };
}

/** The base that a prefix of an intent names, or undefined. */
export function baseOfPrefix(
  source: SourceName,
  prefix: string,
): string | undefined {
  const base = prefix.slice(basesPrefix(source).length, -1);
  return prefix === basePrefix(source, base) ? base : undefined;
}

/** `<prefix of a base>` of a key under bases/, or undefined. */
export function basePrefixOf(key: string): string | undefined {
  return /^[^/]+\/bases\/[^/]+\//.exec(key)?.[0];
}

/** What a probe of the store creates and deletes. */
export function probeKey(nonce: string, round: number): string {
  return `probe/${nonce}/${digits(round, 4)}`;
}
