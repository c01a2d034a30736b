import type { TimedWindow, WindowsDocument } from "./windows-document.ts";
import type { Colors } from "./colors.ts";
import {
  formatBytes,
  formatCount,
  formatPairs,
  formatTable,
} from "./terminal.ts";

const RANGE_COLUMNS = [
  { title: "FROM SEQ", align: "right" },
  { title: "THROUGH SEQ", align: "right" },
  { title: "FROM" },
  { title: "THROUGH" },
] as const;

/** The document of `windows`, for people. */
export function printWindows(found: WindowsDocument, colors: Colors): string {
  const { range, earliest, latest } = found;
  const sections = [
    formatPairs([
      ["source", `${found.source} (${found.engine} ${found.version})`],
      ["archive", found.archive],
      [
        "history",
        `seq ${range.fromSeq}…${range.throughSeq}, ${instant(range.from)} … ${instant(range.through)}`,
      ],
      [
        "earliest",
        place(earliest) ??
          colors.red("nothing can be restored yet: there is no base"),
      ],
      ...(latest === undefined
        ? []
        : [["latest", place(latest) ?? ""] as const]),
    ]),
    section(
      colors.bold("restorable"),
      RANGE_COLUMNS,
      found.windows.map(rangeCells),
    ),
    section(
      colors.yellow("not restorable whole"),
      [...RANGE_COLUMNS, { title: "MISSING" }],
      found.gaps.map((gap) => [...rangeCells(gap), gap.missing.join(", ")]),
    ),
    section(
      colors.red("gaps of the source"),
      [
        { title: "AFTER SEQ", align: "right" },
        { title: "WHY" },
        { title: "AFTER" },
        { title: "POSITIONS" },
      ],
      found.sourceGaps.map((gap) => [
        `${gap.afterSeq}`,
        gap.code,
        gap.afterAt,
        `${gap.afterPosition}…${gap.throughPosition}`,
      ]),
    ),
    section(
      colors.yellow("the source's clock went back"),
      [...RANGE_COLUMNS.slice(0, 2), { title: "SAID" }, { title: "AFTER" }],
      found.clockBack.map((back) => [
        `${back.fromSeq}`,
        `${back.throughSeq}`,
        `${back.rawFrom} … ${back.rawThrough}`,
        back.orderedAt,
      ]),
    ),
    section(
      colors.bold("bases"),
      [
        { title: "BASE" },
        { title: "SEQ", align: "right" },
        { title: "TABLES", align: "right" },
        { title: "ROWS", align: "right" },
        { title: "STORED", align: "right" },
        { title: "FINISHED" },
      ],
      found.bases.map((base) => [
        base.base,
        base.seq.min === base.seq.max
          ? `${base.seq.max}`
          : `${base.seq.min}…${base.seq.max}`,
        formatCount(base.tables),
        formatCount(base.rows),
        formatBytes(base.bytes),
        base.finishedAt,
      ]),
    ),
    section(
      colors.bold("markers"),
      [
        { title: "MARKER" },
        { title: "SEQ", align: "right" },
        { title: "COMMITTED" },
      ],
      found.markers.map((marker) => [
        marker.name,
        `${marker.seq}`,
        instant(marker.at),
      ]),
    ),
  ];
  return sections.filter((each) => each !== "").join("\n\n");
}

function section(
  title: string,
  columns: Parameters<typeof formatTable>[0],
  rows: readonly (readonly string[])[],
): string {
  return rows.length === 0 ? "" : `${title}\n${formatTable(columns, rows)}`;
}

function rangeCells(window: TimedWindow): string[] {
  const { fromSeq, throughSeq, from, through } = window;
  return [`${fromSeq}`, `${throughSeq}`, instant(from), instant(through)];
}

function place(at: WindowsDocument["latest"]): string | undefined {
  return at && `seq ${at.seq}, ${instant(at.at)}`;
}

function instant(at: string | null): string {
  return at ?? "before the first transaction";
}
