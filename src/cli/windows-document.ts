import type { CatalogState } from "../archive/catalog-state.ts";
import type { Window, WindowGap } from "../archive/windows.ts";
import { formatInstant, type Micros } from "../core/instant.ts";

/** A stretch of seqs with its times: every time from `from` on, through `through`, means a seq of it. */
export interface TimedWindow extends Window {
  /** null: before the first transaction. */
  readonly from: string | null;
  readonly through: string | null;
}

export interface WindowsDocument {
  readonly source: string;
  readonly archive: string;
  readonly engine: string;
  readonly version: string;
  readonly range: TimedWindow;
  readonly earliest:
    { readonly seq: number; readonly at: string | null } | undefined;
  readonly latest:
    { readonly seq: number; readonly at: string | null } | undefined;
  readonly windows: readonly TimedWindow[];
  readonly gaps: readonly (TimedWindow & Pick<WindowGap, "missing">)[];
  readonly sourceGaps: readonly {
    readonly code: string;
    /** The last that is known to be whole: its seq, position and the source's time. */
    readonly afterSeq: number;
    readonly afterAt: string;
    readonly afterPosition: string;
    readonly throughPosition: string;
  }[];
  readonly clockBack: CatalogState["segments"][number]["clockBack"];
  readonly bases: readonly {
    readonly base: string;
    readonly kind: string;
    readonly seq: { readonly min: number; readonly max: number };
    readonly tables: number;
    readonly rows: number;
    readonly bytes: number;
    readonly finishedAt: string;
  }[];
  readonly markers: readonly {
    readonly name: string;
    readonly seq: number;
    readonly at: string | null;
  }[];
}

/** When a state begins, and the last time that means it. */
function timesOf(state: CatalogState, times: ReadonlyMap<number, Micros>) {
  const from = (seq: number): string | null => {
    const at = times.get(seq);
    return at === undefined ? null : formatInstant(at);
  };
  const through = (seq: number): string | null => {
    const committed = from(seq);
    // Times in a gap mean no state, though the last transaction before it is the last one at them.
    const gap = state.gaps.find((each) => each.afterSeq === seq);
    const seen =
      gap?.afterAt ?? (seq === state.head.seq ? state.progress.at : undefined);
    return seen !== undefined && seen > (committed ?? "") ? seen : committed;
  };
  return { from, through };
}

/** Pure. */
export function describeWindows(found: {
  readonly state: CatalogState;
  readonly windows: readonly Window[];
  readonly gaps: readonly WindowGap[];
  readonly markers: CatalogState["segments"][number]["events"];
  readonly url: string;
  /** Of the ends of all these. */
  readonly times: ReadonlyMap<number, Micros>;
}): WindowsDocument {
  const { state } = found;
  const { from, through } = timesOf(state, found.times);
  const timed = <W extends Window>(window: W) => ({
    ...window,
    from: from(window.fromSeq),
    through: through(window.throughSeq),
  });
  const windows = found.windows.map(timed);
  const [first] = windows;
  const last = windows.at(-1);
  return {
    source: state.source.name,
    archive: found.url,
    engine: state.source.engine,
    version: state.source.version,
    range: {
      fromSeq: state.start.seq,
      throughSeq: state.head.seq,
      from: from(state.start.seq + 1),
      through: through(state.head.seq),
    },
    earliest: first && { seq: first.fromSeq, at: first.from },
    latest: last && { seq: last.throughSeq, at: last.through },
    windows,
    gaps: found.gaps.map(timed),
    sourceGaps: state.gaps.map(
      ({ code, afterSeq, afterAt, afterPosition, throughPosition }) => ({
        ...{ code, afterSeq, afterAt, afterPosition, throughPosition },
      }),
    ),
    clockBack: state.segments.flatMap((segment) => segment.clockBack),
    bases: state.bases.map(
      ({ base, kind, seq, tables, rows, bytes, finishedAt }) => ({
        ...{ base, kind, seq, rows, bytes, finishedAt },
        tables: tables.length,
      }),
    ),
    markers: found.markers.map(({ name, seq }) => ({
      name,
      seq,
      at: from(seq),
    })),
  };
}
