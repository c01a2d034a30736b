import { findSource } from "../../config/select-sources.ts";
import { takeBase } from "../../base/take-base.ts";
import type { SourceName } from "../../core/source-name.ts";
import { FIRST_INCARNATION } from "../../services/run-source.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";
import type { CommandContext } from "../context.ts";
import { formatBytes, formatCount } from "../terminal.ts";
import { openArchive, openSourceAdmin, openTableReader } from "../wiring.ts";

export async function runBase(
  options: { readonly source: SourceName; readonly streams: number },
  context: CommandContext,
): Promise<void> {
  const source = findSource(await context.config(), options.source);
  await using archive = await openArchive(options.source, undefined, context);
  await using work = await openWorkFolder();
  using progress = context.output.progress({
    label: `base of ${source.name}`,
    unit: "bytes",
  });
  const base = await takeBase(
    {
      source: source.name,
      incarnation: FIRST_INCARNATION,
      catalog: archive.catalog,
      store: archive.store,
      tables: source.tables.patterns,
      reader: await openTableReader(source),
      admin: await openSourceAdmin(source),
      clock: context.clock,
      logger: context.logger,
      workFolder: work.path,
      scope: "all",
      streams: options.streams,
      onProgress: ({ bytes, ofBytes }) => progress.update(bytes, ofBytes),
    },
    context.signal,
  );
  const { rows, bytes, rawBytes, seq, tables, startedAt, finishedAt } = base;
  context.output.result(
    {
      source: source.name,
      base: base.base,
      seq,
      tables: tables.length,
      rows,
      bytes,
      rawBytes,
      startedAt,
      finishedAt,
    },
    () =>
      `base ${base.base} of ${source.name} at seq ${seq.max}: ${tables.length} tables, ${formatCount(rows)} rows, ${formatBytes(bytes)} (${formatBytes(rawBytes)} uncompressed)`,
  );
}
