import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { JournalRecord } from "../../core/journal-record.ts";
import type { SourceName } from "../../core/source-name.ts";
import { silentLogger, type Logger } from "../../platform/logger.ts";
import type { Journal, JournalStart, JournalWriter } from "../journal.ts";
import type { DirectoryJournalWriter } from "./directory-journal-writer.ts";
import { findTransaction } from "./find-transaction.ts";
import { syncDirectory } from "./journal-directory.ts";
import { journalFileError } from "./journal-errors.ts";
import { LiveTail } from "./live-tail.ts";
import { refuseNetworkDisk } from "./local-disk.ts";
import { openDirectoryWriter } from "./open-writer.ts";
import { readTransactions } from "./read-transactions.ts";
import type { SourceFiles } from "./source-files.ts";
import { trimFiles } from "./trim-files.ts";

export interface DirectoryJournalOptions {
  /** On a local disk; made when it does not exist. Each source has a folder in it. */
  readonly directory: string;
  readonly logger?: Logger;
  /** A new file is begun before the append after this size. */
  readonly rollBytes?: number;
  /** The largest record: `maxRow` and a header. */
  readonly maxRecordBytes?: number;
  /** How often readers look for news of a writer in another process. */
  readonly pollMs?: number;
}

const MIB = 1024 * 1024;

/** Throws CONFIG when the directory is on NFS, JOURNAL_FATAL or DISK_FULL when it cannot be made. */
export async function openDirectoryJournal(
  options: DirectoryJournalOptions,
): Promise<DirectoryJournal> {
  try {
    await makeDirectory(resolve(options.directory));
    await refuseNetworkDisk(options.directory);
  } catch (error) {
    throw journalFileError(options.directory, error);
  }
  return new DirectoryJournal(options);
}

/** Makes the directory and what is missing above it, durably. */
async function makeDirectory(directory: string): Promise<void> {
  const made = await mkdir(directory, { recursive: true });
  if (made === undefined) return;
  for (let at = directory; at !== dirname(made); at = dirname(at))
    await syncDirectory(dirname(at));
}

/** The journal of `tidemark run`: append-only files in a directory, one writer per source, readers in any process. */
export class DirectoryJournal implements Journal {
  private readonly options: DirectoryJournalOptions;
  private readonly tails = new Map<SourceName, LiveTail>();
  private readonly writers = new Set<DirectoryJournalWriter>();

  /** For openDirectoryJournal. */
  constructor(options: DirectoryJournalOptions) {
    this.options = options;
  }

  async openWriter(
    source: SourceName,
    signal: AbortSignal,
  ): Promise<JournalWriter> {
    signal.throwIfAborted();
    const { directory, tail } = this.filesOf(source);
    const { logger, rollBytes, maxRecordBytes } = this.options;
    const writer = await translated(directory, () =>
      openDirectoryWriter(
        {
          directory,
          tail,
          logger: logger ?? silentLogger,
          rollBytes: rollBytes ?? 64 * MIB,
          maxRecordBytes: maxRecordBytes ?? 257 * MIB,
        },
        signal,
      ),
    );
    this.writers.add(writer);
    return writer;
  }

  async *read(
    source: SourceName,
    after: number,
    signal: AbortSignal,
  ): AsyncGenerator<readonly JournalRecord[]> {
    signal.throwIfAborted();
    const files = this.filesOf(source);
    try {
      yield* readTransactions(files, after, signal);
    } catch (error) {
      throw journalFileError(files.directory, error);
    }
  }

  async find(
    source: SourceName,
    seq: number,
    signal: AbortSignal,
  ): Promise<JournalStart | undefined> {
    signal.throwIfAborted();
    const files = this.filesOf(source);
    return translated(files.directory, () =>
      findTransaction(files, seq, signal),
    );
  }

  async trim(
    source: SourceName,
    through: number,
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
    const files = this.filesOf(source);
    await translated(files.directory, () => trimFiles(files, through, signal));
  }

  private filesOf(source: SourceName): SourceFiles {
    const tail = this.tails.get(source) ?? new LiveTail();
    this.tails.set(source, tail);
    return {
      directory: join(this.options.directory, source),
      tail,
      pollMs: this.options.pollMs ?? 100,
    };
  }

  /** Closes the writers; readers end by their signals. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const writer of this.writers) await writer[Symbol.asyncDispose]();
  }
}

async function translated<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw journalFileError(path, error);
  }
}
