import { parseInstant, type Micros } from "../core/instant.ts";
import { parseSourceName } from "../core/source-name.ts";
import type { ObjectInfo } from "../storage/object-store.ts";
import type { CatalogState } from "./catalog-state.ts";
import {
  basePrefix,
  basePrefixOf,
  basesPrefix,
  segmentEpoch,
  segmentsPrefix,
} from "./keys.ts";

export interface SweepRules {
  readonly now: Micros;
  /** By the store's clock. */
  readonly minimumAgeMs: number;
}

export interface SweepPlan {
  readonly delete: readonly ObjectInfo[];
  readonly bytes: number;
  /** Objects that no entry names and that are kept: too young, or somebody may name them yet. */
  readonly spared: number;
}

/**
 * What no entry names and none can name any more. A segment's object is named only by the writer of its epoch, so those of the
 * newest epoch stay until the next writer; a base's objects only while its intent lives. Objects under a base that has its
 * entry stay together, as do keys that this version does not know.
 */
export function planSweep(
  state: CatalogState,
  objects: readonly ObjectInfo[],
  rules: SweepRules,
): SweepPlan {
  const kept = keptNames(state, rules);
  const oldestMs = Number(rules.now / 1000n) - rules.minimumAgeMs;
  const unnamed = objects.filter(({ key }) => !isNamed(kept, key));
  const swept = unnamed.filter(
    (object) => object.createdAtMs < oldestMs && isBeyondUse(kept, object.key),
  );
  return {
    delete: swept,
    bytes: swept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    spared: unnamed.length - swept.length,
  };
}

interface Kept {
  readonly segments: string;
  readonly bases: string;
  readonly epoch: number;
  readonly named: ReadonlySet<string>;
  readonly basePrefixes: ReadonlySet<string>;
  readonly livePrefixes: ReadonlySet<string>;
}

function keptNames(state: CatalogState, rules: SweepRules): Kept {
  const source = parseSourceName(state.source.name);
  // An intent counts as live for the minimum age longer: its owner's clock may be behind ours.
  const graceMicros = BigInt(rules.minimumAgeMs) * 1000n;
  const live = state.intents.filter(
    (intent) => parseInstant(intent.expiresAt) + graceMicros > rules.now,
  );
  return {
    segments: segmentsPrefix(source),
    bases: basesPrefix(source),
    epoch: state.epoch,
    named: new Set(state.segments.map((segment) => segment.object.key)),
    basePrefixes: new Set(
      state.bases.map(({ base }) => basePrefix(source, base)),
    ),
    livePrefixes: new Set(live.map(({ prefix }) => prefix)),
  };
}

function isNamed(kept: Kept, key: string): boolean {
  return kept.named.has(key) || kept.basePrefixes.has(basePrefixOf(key) ?? "");
}

function isBeyondUse(kept: Kept, key: string): boolean {
  if (key.startsWith(kept.segments)) {
    const epoch = segmentEpoch(key);
    return epoch !== undefined && epoch < kept.epoch;
  }
  if (!key.startsWith(kept.bases)) return false;
  const prefix = basePrefixOf(key);
  return prefix !== undefined && !kept.livePrefixes.has(prefix);
}
