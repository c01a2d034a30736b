import type { CatalogState } from "../../archive/catalog-state.ts";
import { listSources, type StoredSource } from "../../archive/list-sources.ts";
import type { ArchiveLocation } from "../../config/config.ts";
import { lineageOf } from "../../core/database-identity.ts";
import { TidemarkError, type ErrorCode } from "../../core/errors.ts";
import type { ObjectStore } from "../../storage/object-store.ts";
import type { CommandContext } from "../context.ts";
import { formatBytes, formatCount, formatTable } from "../terminal.ts";
import { openSourceCatalog, openStore } from "../wiring.ts";

type ListedSource = { readonly source: string } & (
  | ReturnType<typeof describeState>
  | { readonly error: { readonly code: ErrorCode; readonly message: string } }
);

export async function runSources(
  options: { readonly archive?: ArchiveLocation },
  context: CommandContext,
): Promise<void> {
  const { output, signal } = context;
  const location = options.archive ?? (await context.config()).archive;
  await using store = await openStore(location);
  const found = await listSources(store, signal);
  if (found.length === 0) {
    // On the day it matters this is a wrong path, or a disk that is not mounted.
    throw new TidemarkError(
      "NOT_FOUND",
      `there is no archive in ${store.url}`,
      {
        hint: "is the path right, and its disk mounted? `tidemark run` begins an archive",
      },
    );
  }
  const sources: ListedSource[] = [];
  for (const stored of found) {
    sources.push(await readSource(stored, store, context));
  }
  if (sources.some((source) => "error" in source)) context.exitWith(9);
  output.result({ archive: store.url, sources }, () => print(sources, context));
}

/** One that cannot be read must not hide the others. */
async function readSource(
  { source, hasCatalog }: StoredSource,
  store: ObjectStore,
  context: CommandContext,
): Promise<ListedSource> {
  try {
    if (!hasCatalog) {
      throw new TidemarkError(
        "CATALOG_DAMAGED",
        `objects lie under ${source}/, and no catalog`,
      );
    }
    const { state } = await openSourceCatalog(store, source, context);
    return { source, ...describeState(state) };
  } catch (error) {
    if (!(error instanceof TidemarkError) || error.code === "CANCELLED")
      throw error;
    return { source, error: { code: error.code, message: error.message } };
  }
}

function describeState(state: CatalogState) {
  const [first] = state.segments;
  const bytes = {
    segments: sum(state.segments.map(({ object }) => object.bytes)),
    bases: sum(
      state.bases.map(
        (base) => base.bytes + base.manifest.bytes + base.definitions.bytes,
      ),
    ),
  };
  return {
    ...lineageOf(state.source),
    version: state.source.version,
    seq: { from: state.start.seq, through: state.head.seq },
    ...(first === undefined
      ? {}
      : { from: first.first.committedAt, through: state.progress.at }),
    segments: state.segments.length,
    bases: state.bases.length,
    bytes,
  };
}

function print(
  sources: readonly ListedSource[],
  { output: { colors } }: CommandContext,
): string {
  return formatTable(
    [
      { title: "SOURCE" },
      { title: "ENGINE" },
      { title: "THROUGH SEQ", align: "right" },
      { title: "FROM" },
      { title: "THROUGH" },
      { title: "BASES", align: "right" },
      { title: "BYTES", align: "right" },
    ],
    sources.map((source) =>
      "error" in source
        ? [
            source.source,
            colors.red(source.error.code),
            "",
            source.error.message,
          ]
        : [
            source.source,
            `${source.engine} ${source.version}`,
            formatCount(source.seq.through),
            source.from ?? "",
            source.through ?? "",
            formatCount(source.bases),
            formatBytes(source.bytes.segments + source.bytes.bases),
          ],
    ),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
