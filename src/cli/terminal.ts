import { stripVTControlCharacters } from "node:util";

const BYTE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `1.4 GiB`: three digits at the most, in binary units. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${shorten(value, unit === 0)} ${BYTE_UNITS[unit] ?? "B"}`;
}

function shorten(value: number, whole: boolean): string {
  return whole || Math.abs(value) >= 9.95 ? value.toFixed(0) : value.toFixed(1);
}

/** `12ms`, `4.2s`, `3m 20s`, `2h 5m`, `4d 3h`: two units at the most. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return pair(seconds, ["m", 60], ["s", 1]);
  if (seconds < 86_400) return pair(seconds, ["h", 3600], ["m", 60]);
  return pair(seconds, ["d", 86_400], ["h", 3600]);
}

function pair(
  seconds: number,
  [large, largeSeconds]: readonly [string, number],
  [small, smallSeconds]: readonly [string, number],
): string {
  const rest = Math.floor((seconds % largeSeconds) / smallSeconds);
  const first = `${Math.floor(seconds / largeSeconds)}${large}`;
  return rest === 0 ? first : `${first} ${rest}${small}`;
}

/** `1,234,567` in every locale. */
export function formatCount(count: number | bigint): string {
  return count.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

/** Columns as wide as their widest cell, two spaces apart; the last one unpadded. Cells may hold colours. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [columns.map((column) => column.title), ...rows];
  const widths = columns.map((_, i) =>
    lines.reduce((widest, line) => Math.max(widest, width(line[i] ?? "")), 0),
  );
  return lines
    .map((line) =>
      columns
        .map(({ align }, i) => {
          const cell = line[i] ?? "";
          const padding = " ".repeat((widths[i] ?? 0) - width(cell));
          return align === "right" ? padding + cell : cell + padding;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** `label  value` lines with the values under each other. */
export function formatPairs(
  pairs: readonly (readonly [label: string, value: string])[],
): string {
  const widest = Math.max(0, ...pairs.map(([label]) => width(label)));
  return pairs
    .map(([label, value]) =>
      `${label}${" ".repeat(widest - width(label))}  ${value}`.trimEnd(),
    )
    .join("\n");
}

/** Columns on a terminal; wide East Asian characters count as one, which only misaligns. */
function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
