import { commitTimes } from "../../archive/commit-times.ts";
import { TableHistories } from "../../archive/table-history.ts";
import { restorableWindows, windowGaps } from "../../archive/windows.ts";
import type { ArchiveLocation } from "../../config/config.ts";
import type { SourceName } from "../../core/source-name.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";
import type { CommandContext } from "../context.ts";
import { openArchive } from "../wiring.ts";
import { printWindows } from "../print-windows.ts";
import { describeWindows } from "../windows-document.ts";

export async function runWindows(
  options: {
    readonly source: SourceName;
    readonly archive?: ArchiveLocation;
  },
  context: CommandContext,
): Promise<void> {
  const { source } = options;
  await using archive = await openArchive(source, options.archive, context);
  await using work = await openWorkFolder();
  const { state } = archive.catalog;
  const histories = new TableHistories(state);
  const windows = restorableWindows(histories);
  const gaps = windowGaps(histories);
  const markers = state.segments.flatMap((segment) =>
    segment.events.filter((event) => event.kind === "marker"),
  );
  const times = await commitTimes(
    { state, store: archive.store, workFolder: work.path },
    [
      ...[...windows, ...gaps].flatMap((each) => [
        each.fromSeq,
        each.throughSeq,
      ]),
      ...markers.map(({ seq }) => seq),
      state.start.seq + 1,
    ],
    context.signal,
  );
  const document = describeWindows({
    ...{ state, windows, gaps, markers, times, url: archive.store.url },
  });
  context.output.result({ ...document }, () =>
    printWindows(document, context.output.colors),
  );
}
