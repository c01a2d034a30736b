import { join } from "node:path";
import { openCatalog, type Catalog } from "../../src/archive/catalog.ts";
import type { CatalogState } from "../../src/archive/catalog-state.ts";
import { tableFilter } from "../../src/config/table-filter.ts";
import type { TableFilter } from "../../src/core/shape.ts";
import { PostgresTableReader } from "../../src/engine/postgres/reader/postgres-table-reader.ts";
import { PostgresChangeSource } from "../../src/engine/postgres/source/postgres-change-source.ts";
import { openDirectoryJournal } from "../../src/journal/directory/directory-journal.ts";
import type { Journal } from "../../src/journal/journal.ts";
import { systemClock } from "../../src/platform/clock.ts";
import { silentLogger } from "../../src/platform/logger.ts";
import type { SourceState } from "../../src/services/source-state.ts";
import { superviseSource } from "../../src/services/supervise-source.ts";
import type { SupervisedSource } from "../../src/services/supervised-source.ts";
import type { ObjectStore } from "../../src/storage/object-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { never } from "./never.ts";
import type { PreparedDatabase } from "./postgres-source.ts";
import { waitUntil } from "./wait-until.ts";

export interface TestService extends AsyncDisposable {
  readonly supervised: SupervisedSource;
  readonly store: ObjectStore;
  readonly journal: Journal;
  /** The last that the supervisor said. */
  state(): SourceState | undefined;
  /** Waits until the archive is as asked. */
  archived(
    what: string,
    condition: (state: CatalogState) => boolean,
  ): Promise<CatalogState>;
  catalog(): Promise<Catalog>;
}

/** `tidemark run` for one prepared database, in this process, until it is disposed. */
export async function startService(
  prepared: PreparedDatabase,
  options: {
    readonly directory: string;
    readonly rpoMs: number;
    readonly shutdownMs?: number;
    readonly store?: ObjectStore;
    /** `tables:`; every table without it. */
    readonly tables?: readonly string[];
    /** It is expected to stop by itself. */
    readonly ends?: true;
  },
): Promise<TestService> {
  const { source, admin, address } = prepared;
  const tables = tableFilter(options.tables ?? []);
  const includes: TableFilter = (namespace, name) =>
    tables.selects({ namespace, name });
  const store = options.store ?? new MemoryStore();
  const journal = await openDirectoryJournal({
    directory: join(options.directory, "journal"),
  });
  const stop = new AbortController();
  let last: SourceState | undefined;
  const identity = { clock: systemClock, logger: silentLogger, by: "test" };
  const supervised: SupervisedSource = {
    ...{ source, admin, store, journal, ...identity },
    reader: new PostgresTableReader(address, includes),
    openChanges: () => new PostgresChangeSource({ source, address, includes }),
    tables: tables.patterns,
    rpoMs: options.rpoMs,
    shutdownMs: options.shutdownMs ?? 0,
    baseEveryMs: 24 * 3600_000,
    workFolder: join(options.directory, "work"),
    onState: (state) => void (last = state),
  };
  const running = superviseSource(supervised, stop.signal).catch(
    (error: unknown) => {
      if (!stop.signal.aborted && !options.ends) throw error;
    },
  );
  const catalog = () => openCatalog({ store, source, ...identity }, never);
  return {
    ...{ supervised, store, journal, catalog },
    state: () => last,
    archived: async (what, condition) => {
      const read = await catalog();
      await waitUntil(what, async () => {
        await read.refresh(never);
        return !read.isEmpty && condition(read.state);
      });
      return read.state;
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      await journal[Symbol.asyncDispose]();
    },
  };
}
