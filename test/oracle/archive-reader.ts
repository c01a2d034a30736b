import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CatalogState } from "../../src/archive/catalog-state.ts";
import { readCatalog } from "../../src/archive/read-catalog.ts";
import { parseArchive } from "../../src/cli/parse-archive.ts";
import { openStore } from "../../src/cli/wiring.ts";
import { openSegment } from "../../src/archive/segment-reader.ts";
import { TidemarkError } from "../../src/core/errors.ts";
import {
  isAtOrBefore,
  parsePosition,
  type Position,
} from "../../src/core/position.ts";
import { never } from "../support/never.ts";
import { SOURCE } from "./installation.ts";

/** Longer than any store is away. */
const PATIENCE_MS = 60_000;

/**
 * What an archive says now; undefined before it has begun. `location`: as `--archive` takes it; a bucket's login is the environment's.
 * A store that is away comes back, and is asked again.
 */
export async function readArchive(
  location: string,
  from: "checkpoint" | "start" = "checkpoint",
): Promise<CatalogState | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await using store = await openStore(parseArchive(location));
      return await readCatalog({ store, source: SOURCE, from }, never);
    } catch (error) {
      const isAway =
        error instanceof TidemarkError && error.code === "STORE_UNREACHABLE";
      if (!isAway || performance.now() > deadline) throw error;
    }
  }
}

export function reaches(
  state: CatalogState | undefined,
  position: Position,
): boolean {
  return (
    state !== undefined &&
    isAtOrBefore(position, parsePosition(state.progress.position))
  );
}

export interface ArchiveFacts {
  readonly transactions: number;
  readonly segments: number;
  readonly bases: number;
}

/**
 * Reads every entry and every segment: each transaction is there once and whole, in the order of its number and of the source's
 * log. Throws at the first that is not.
 */
export async function checkArchive(location: string): Promise<ArchiveFacts> {
  const state = await readArchive(location, "start");
  if (state === undefined) throw new Error("the archive has not begun");
  await using store = await openStore(parseArchive(location));
  const workFolder = await mkdtemp(join(tmpdir(), "tidemark-oracle-"));
  const chain = new TransactionChain(state.start);
  try {
    for (const { object, first, last } of state.segments) {
      chain.expect(first.seq);
      await using segment = await openSegment(
        { store, object, workFolder },
        never,
      );
      for await (const batch of segment.records(never)) {
        for (const record of batch) {
          if (record.kind === "part") chain.add(record.header);
        }
      }
      chain.expect(last.seq + 1);
    }
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
  chain.expect(state.head.seq + 1);
  return {
    transactions: state.head.seq - state.start.seq,
    segments: state.segments.length,
    bases: state.bases.length,
  };
}

interface PartHeader {
  readonly seq: number;
  readonly part: number;
  readonly attempt: number;
  readonly commit: { readonly position: Position } | undefined;
}

/** The parts of an archive one after the other: throws at the first that does not continue the ones before. */
export class TransactionChain {
  private seq: number;
  private position: Position;
  private part = 0;
  private attempt: number | undefined;

  constructor(start: CatalogState["start"]) {
    this.seq = start.seq;
    this.position = parsePosition(start.position);
  }

  /** Between two transactions, of which the later one has this number. */
  expect(next: number): void {
    if (this.part !== 0) throw new Error(`${this.seq + 1} has no end`);
    if (next !== this.seq + 1) {
      throw new Error(`${next} follows ${this.seq}`);
    }
  }

  add({ seq, part, attempt, commit }: PartHeader): void {
    const is = `${seq}.${part}`;
    if (seq !== this.seq + 1 || part !== this.part) {
      throw new Error(
        `${is} stands where ${this.seq + 1}.${this.part} belongs`,
      );
    }
    if (part > 0 && attempt !== this.attempt) {
      throw new Error(`${is} is of another attempt`);
    }
    this.attempt = attempt;
    this.part++;
    if (commit === undefined) return;
    if (isAtOrBefore(commit.position, this.position)) {
      throw new Error(`${is} ends at or before the one before it`);
    }
    this.seq = seq;
    this.part = 0;
    this.position = commit.position;
  }
}
