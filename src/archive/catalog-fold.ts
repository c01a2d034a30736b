import { isSameDatabase, lineageText } from "../core/database-identity.ts";
import { formatInstant } from "../core/instant.ts";
import type { SourceName } from "../core/source-name.ts";
import { ZERO_HASH } from "../format/rolling-hash.ts";
import type {
  CatalogEntry,
  EntryFields,
  SegmentAct,
  SourceAct,
  WriterAct,
} from "./acts.ts";
import type { CatalogState, Numbered, NumberedBase } from "./catalog-state.ts";
import {
  isSameLink,
  linkText,
  progressObjection,
  segmentObjection,
} from "./continuity.ts";
import {
  catalogDamaged,
  NO_ENTRY_HASH,
  type StoredEntry,
} from "./entry-codec.ts";
import { basePrefix, basesPrefix, catalogKey, segmentsPrefix } from "./keys.ts";

const BEFORE_HISTORY = formatInstant(0n);

type Draft = {
  -readonly [
    K in keyof CatalogState
  ]: CatalogState[K] extends readonly (infer T)[] ? T[] : CatalogState[K];
};

/**
 * Entries → state, one after another. It holds a draft, so that a long catalog is not copied per entry; `finish` ends its use.
 * Throws CATALOG_DAMAGED where an entry does not follow: number, hash, epoch, contiguity.
 */
export class CatalogFold {
  private readonly source: SourceName;
  private draft: Draft | undefined;

  constructor(source: SourceName, state: CatalogState | undefined) {
    this.source = source;
    this.draft = state === undefined ? undefined : copyState(state);
  }

  get last(): CatalogState["entry"] {
    return this.draft?.entry ?? { n: 0, sha256: NO_ENTRY_HASH };
  }

  add({ entry, sha256 }: StoredEntry): void {
    const { last } = this;
    const name = catalogKey(this.source, last.n + 1);
    if (entry.n !== last.n + 1) {
      throw catalogDamaged(name, `says that it is entry ${entry.n}`);
    }
    if (entry.previous !== last.sha256) {
      throw catalogDamaged(name, "does not follow the entry before it");
    }
    const objection = this.apply(entry);
    if (objection !== undefined) throw catalogDamaged(name, objection);
    if (this.draft !== undefined) this.draft.entry = { n: entry.n, sha256 };
  }

  finish(): CatalogState | undefined {
    return this.draft;
  }

  private apply(entry: CatalogEntry): string | undefined {
    const { draft, source } = this;
    if (draft === undefined) {
      if (entry.act !== "source") return `is a "${entry.act}" before a source`;
      const objection = sourceObjection(source, entry);
      if (objection === undefined) this.draft = beginState(entry);
      return objection;
    }
    return applyAct(draft, entry, source);
  }
}

/** The same for one entry: nothing of `state` changes. */
export function foldEntry(
  source: SourceName,
  state: CatalogState | undefined,
  stored: StoredEntry,
): CatalogState {
  const fold = new CatalogFold(source, state);
  fold.add(stored);
  // `add` has begun it or thrown.
  return fold.finish() as CatalogState;
}

function sourceObjection(
  name: SourceName,
  { source, start }: SourceAct,
): string | undefined {
  if (source.name !== name) return `begins the archive of ${source.name}`;
  if (start.seq !== 0 || start.rollingHash !== ZERO_HASH) {
    return `begins after transaction ${linkText(start)}`;
  }
  return undefined;
}

function beginState({ source, start }: SourceAct): Draft {
  return {
    entry: { n: 0, sha256: NO_ENTRY_HASH },
    source,
    start,
    epoch: 0,
    head: {
      ...start,
      committedAt: BEFORE_HISTORY,
      rawCommittedAt: BEFORE_HISTORY,
    },
    reread: start,
    progress: { position: start.position, at: BEFORE_HISTORY },
    proved: { seq: start.seq, position: start.position, at: BEFORE_HISTORY },
    incarnation: source.incarnation,
    segments: [],
    bases: [],
    gaps: [],
    intents: [],
    restores: [],
    verifies: [],
  };
}

function copyState(state: CatalogState): Draft {
  return {
    ...state,
    segments: [...state.segments],
    bases: [...state.bases],
    gaps: [...state.gaps],
    intents: [...state.intents],
    restores: [...state.restores],
    verifies: [...state.verifies],
  };
}

/** Why the entry does not follow, or undefined once the draft has it. */
function applyAct(
  draft: Draft,
  entry: CatalogEntry,
  source: SourceName,
): string | undefined {
  switch (entry.act) {
    case "source":
      return "begins the archive a second time";
    case "writer":
      return applyWriter(draft, entry);
    case "segment":
      return applySegment(draft, withoutFields(entry), source);
    case "progress": {
      const objection = progressObjection(draft, entry);
      if (objection !== undefined) return objection;
      draft.progress = entry.progress;
      draft.proved = { seq: entry.afterSeq, ...entry.progress };
      draft.incarnation = entry.incarnation;
      return undefined;
    }
    case "intent":
      if (!entry.prefix.startsWith(basesPrefix(source))) {
        return `intends objects outside ${basesPrefix(source)}`;
      }
      draft.intents.push(numbered(entry));
      return undefined;
    case "base":
      return applyBase(draft, numbered(entry), source);
    case "gap":
      draft.gaps.push(numbered(entry));
      return undefined;
    case "restore":
      draft.restores.push(numbered(entry));
      return undefined;
    case "verify":
      draft.verifies.push(numbered(entry));
      return undefined;
    default:
      return entry satisfies never;
  }
}

function applyWriter(
  draft: Draft,
  { n, source, continues }: WriterAct & Numbered,
): string | undefined {
  if (!isSameLink(continues, draft.head)) {
    return `continues ${linkText(continues)}, the archive ends at ${linkText(draft.head)}`;
  }
  const known = draft.source;
  const same = source.name === known.name && isSameDatabase(source, known);
  // Another database can only go on as a new incarnation.
  if (
    source.name !== known.name ||
    source.incarnation < known.incarnation ||
    (source.incarnation === known.incarnation && !same)
  ) {
    return `writes for another database than ${lineageText(known)}`;
  }
  draft.source = source;
  draft.epoch = n;
  return undefined;
}

function applySegment(
  draft: Draft,
  act: SegmentAct,
  source: SourceName,
): string | undefined {
  if (!act.object.key.startsWith(segmentsPrefix(source))) {
    return `names an object outside ${segmentsPrefix(source)}`;
  }
  const objection = segmentObjection(draft, act);
  if (objection !== undefined) return objection;
  const { seq, position, rollingHash, ...times } = act.last;
  const { committedAt, rawCommittedAt } = times;
  draft.segments.push(act);
  draft.head = { seq, position, rollingHash, committedAt, rawCommittedAt };
  draft.reread = act.reread;
  draft.progress = act.progress;
  if (act.proved) draft.proved = { seq, ...act.progress };
  draft.incarnation = act.incarnation;
  return undefined;
}

function applyBase(
  draft: Draft,
  base: NumberedBase,
  source: SourceName,
): string | undefined {
  const prefix = basePrefix(source, base.base);
  const { manifest, definitions } = base;
  if (!manifest.key.startsWith(prefix) || !definitions.key.startsWith(prefix)) {
    return `names an object outside ${prefix}`;
  }
  if (draft.bases.some((known) => known.base === base.base)) {
    return `names base ${base.base} a second time`;
  }
  draft.bases.push(base);
  draft.intents = draft.intents.filter((each) => each.prefix !== prefix);
  return undefined;
}

function numbered<E extends EntryFields>(
  entry: E,
): Omit<E, "format" | "previous" | "nonce" | "by"> {
  return omit(entry, ["format", "previous", "nonce", "by"]);
}

function withoutFields<E extends EntryFields>(
  entry: E,
): Omit<E, keyof EntryFields> {
  return omit(entry, ["format", "n", "previous", "nonce", "at", "by"]);
}

function omit<T extends object, K extends keyof T>(
  from: T,
  names: readonly K[],
): Omit<T, K> {
  const kept = Object.entries(from).filter(
    ([name]) => !names.includes(name as K),
  );
  return Object.fromEntries(kept) as Omit<T, K>;
}
