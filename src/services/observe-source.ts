import type { VerifyAct } from "../archive/acts.ts";
import type { Catalog } from "../archive/catalog.ts";
import type { CatalogState } from "../archive/catalog-state.ts";
import { TableHistories } from "../archive/table-history.ts";
import { restorableWindows } from "../archive/windows.ts";
import { TidemarkError } from "../core/errors.ts";
import type { Micros } from "../core/instant.ts";
import type { Position } from "../core/position.ts";
import type { Retained, SourceAdmin } from "../engine/source-admin.ts";

const TIMEOUT_MS = 10_000;
const VERIFY_KINDS = ["archive", "against"] as const;

/** What the archive tells of a source. */
export interface ArchiveFacts {
  readonly entry: number;
  readonly seq: number;
  readonly progress: CatalogState["progress"];
  readonly segments: number;
  readonly bytes: number;
  /** Why a base is due; undefined: none is. */
  readonly needsBase: string | undefined;
  /** The last point that can be restored whole. */
  readonly latestSeq: number | undefined;
  readonly lastBase:
    | {
        readonly base: string;
        readonly finishedAt: string;
        readonly seq: number;
      }
    | undefined;
  readonly lastVerify:
    | { readonly kind: string; readonly ok: boolean; readonly at: string }
    | undefined;
  /** The kinds of verification whose last run found something: one kind does not make up for another. */
  readonly failedVerifies: readonly VerifyAct["kind"][];
}

/** What the source's server tells of itself. */
export interface ServerFacts {
  readonly now: Micros;
  readonly position: Position;
  readonly retained: Retained;
}

export interface SourceObservation {
  /** undefined: no archive has begun. */
  readonly archive:
    ArchiveFacts | { readonly error: TidemarkError } | undefined;
  readonly server: ServerFacts | { readonly error: TidemarkError };
}

/** Looks at one source again and again: the catalog is read on, and only what is new in it is folded. */
export class SourceObserver {
  private readonly openCatalog: (signal: AbortSignal) => Promise<Catalog>;
  private readonly admin: SourceAdmin;
  private catalog: Catalog | undefined;
  private facts: ArchiveFacts | undefined;

  constructor(of: {
    /** Called by the first look, so that a damaged archive stops nobody from starting. */
    readonly openCatalog: (signal: AbortSignal) => Promise<Catalog>;
    readonly admin: SourceAdmin;
  }) {
    this.openCatalog = of.openCatalog;
    this.admin = of.admin;
  }

  /** A server that cannot be asked is a finding, and so is an archive that cannot be read: neither hides another source. */
  async look(signal: AbortSignal): Promise<SourceObservation> {
    const [archive, server] = await Promise.all([
      this.readArchive(signal),
      this.askServer(signal),
    ]);
    return { archive, server };
  }

  private async readArchive(
    signal: AbortSignal,
  ): Promise<SourceObservation["archive"]> {
    try {
      const catalog = (this.catalog ??= await this.openCatalog(signal));
      await catalog.refresh(signal);
      if (catalog.isEmpty) return undefined;
      const { state } = catalog;
      if (this.facts?.entry !== state.entry.n) this.facts = archiveFacts(state);
      return this.facts;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TidemarkError) return { error };
      throw error;
    }
  }

  private async askServer(
    signal: AbortSignal,
  ): Promise<SourceObservation["server"]> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const either = AbortSignal.any([signal, timeout]);
    try {
      const [now, position, retained] = await Promise.all([
        this.admin.now(either),
        this.admin.currentPosition(either),
        this.admin.retained(either),
      ]);
      return { now, position, retained };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TidemarkError) return { error };
      if (!timeout.aborted) throw error;
      const message = `no answer within ${TIMEOUT_MS / 1000} s`;
      return { error: new TidemarkError("SERVER_UNREACHABLE", message) };
    }
  }
}

/** Pure. */
export function archiveFacts(state: CatalogState): ArchiveFacts {
  const histories = new TableHistories(state);
  const lastBase = state.bases.at(-1);
  const lastVerify = state.verifies.at(-1);
  let bytes = 0;
  for (const { object } of state.segments) bytes += object.bytes;
  for (const base of state.bases) bytes += base.bytes;
  return {
    entry: state.entry.n,
    seq: state.head.seq,
    progress: state.progress,
    segments: state.segments.length,
    bytes,
    needsBase: histories.needsBase(),
    latestSeq: restorableWindows(histories).at(-1)?.throughSeq,
    lastBase: lastBase && {
      base: lastBase.base,
      finishedAt: lastBase.finishedAt,
      seq: lastBase.seq.max,
    },
    lastVerify: lastVerify && {
      kind: lastVerify.kind,
      ok: lastVerify.ok,
      at: lastVerify.at,
    },
    failedVerifies: VERIFY_KINDS.filter(
      (kind) =>
        state.verifies.findLast((verify) => verify.kind === kind)?.ok === false,
    ),
  };
}
