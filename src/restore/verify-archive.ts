import type { CatalogPlace } from "../archive/catalog-head.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import {
  basePrefix,
  basePrefixOf,
  basesPrefix,
  segmentsPrefix,
} from "../archive/keys.ts";
import { TidemarkError } from "../core/errors.ts";
import { affectedBySegment, findingOf, type Finding } from "./finding.ts";
import { verifyBase } from "./verify-base.ts";
import { verifyChain } from "./verify-chain.ts";
import { verifySegment } from "./verify-segment.ts";

export interface VerifyArchiveOptions extends CatalogPlace {
  /** Exists, and belongs to this process. */
  readonly workFolder: string;
  readonly onProgress: (bytes: number, ofBytes: number) => void;
}

export interface VerifyReport {
  /** The last entry that follows from those before it. */
  readonly throughEntry: number;
  readonly seq: number;
  readonly segments: number;
  readonly bases: number;
  /** Of all objects that were named. */
  readonly bytes: number;
  readonly findings: readonly Finding[];
  /** Objects that no entry names: of a base or segment under way, or left behind by one that was given up. */
  readonly unnamed: { readonly objects: number; readonly bytes: number };
}

/**
 * Everything that a restore could ever read, read now. What is wrong is listed and does not stop the rest. Throws NOT_FOUND when
 * nothing is there at all.
 */
export async function verifyArchive(
  options: VerifyArchiveOptions,
  signal: AbortSignal,
): Promise<VerifyReport> {
  const { store, source } = options;
  const chain = await verifyChain(options, signal);
  const findings = [...chain.findings];
  const { state } = chain;
  if (state === undefined) {
    if (findings.length === 0) findings.push(await noCatalog(options, signal));
    return { ...NOTHING, findings };
  }
  const objects = new Set<string>();
  const ofBytes = bytesOf(state);
  let bytes = 0;
  const onBytes = (more: number) => {
    bytes += more;
    options.onProgress(bytes, ofBytes);
  };
  for (const segment of state.segments) {
    const object = segment.object.key;
    objects.add(object);
    try {
      await verifySegment(options, segment, signal);
    } catch (error) {
      const affects = affectedBySegment(state, segment);
      findings.push(findingOf(error, { object, affects }));
    }
    onBytes(segment.object.bytes);
  }
  for (const base of state.bases) {
    findings.push(
      ...(await verifyBase({ store, state, base, onBytes }, signal)),
    );
  }
  // Below a base's own prefix lie notes of its making, too.
  const bases = new Set(
    state.bases.map(({ base }) => basePrefix(source, base)),
  );
  const unnamed = { objects: 0, bytes: 0 };
  for (const prefix of [segmentsPrefix(source), basesPrefix(source)]) {
    for await (const info of store.list(prefix, undefined, signal)) {
      if (objects.has(info.key) || bases.has(basePrefixOf(info.key) ?? ""))
        continue;
      unnamed.objects += 1;
      unnamed.bytes += info.sizeBytes;
    }
  }
  return {
    throughEntry: state.entry.n,
    seq: state.head.seq,
    segments: state.segments.length,
    bases: state.bases.length,
    bytes: ofBytes,
    findings,
    unnamed,
  };
}

const NOTHING = {
  throughEntry: 0,
  seq: 0,
  segments: 0,
  bases: 0,
  bytes: 0,
  unnamed: { objects: 0, bytes: 0 },
} as const;

/** Throws NOT_FOUND, unless objects of the source tell that there was one. */
async function noCatalog(
  { store, source }: CatalogPlace,
  signal: AbortSignal,
): Promise<Finding> {
  for await (const { key } of store.list(`${source}/`, undefined, signal)) {
    return {
      code: "CATALOG_DAMAGED",
      object: `${source}/catalog/`,
      message: `${source}/ holds objects (${key}), and its catalog has no entry`,
      affects: { restores: { fromSeq: 0, throughSeq: null } },
    };
  }
  throw new TidemarkError(
    "NOT_FOUND",
    `there is no archive of ${source} in ${store.url}`,
    { hint: "`tidemark sources` lists what is there" },
  );
}

function bytesOf(state: CatalogState): number {
  let bytes = 0;
  for (const { object } of state.segments) bytes += object.bytes;
  for (const base of state.bases) bytes += base.bytes;
  return bytes;
}
