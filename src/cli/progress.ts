import type { Clock } from "../platform/clock.ts";
import type { StatusLine } from "./status-line.ts";
import { formatBytes, formatCount, formatDuration } from "./terminal.ts";

export interface ProgressOptions {
  /** What is being done: `load orders`. */
  readonly label: string;
  readonly unit: "bytes" | "rows" | "transactions" | "tables";
  readonly total?: number;
}

/** Long work tells how far it is; `using` ends it. */
export interface Progress extends Disposable {
  /** How much is done in all, and of how much when that is known or has changed. */
  update(done: number, total?: number): void;
}

const TERMINAL_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_CELLS = 24;

/** A bar with rate and time left on a terminal; a line every few seconds elsewhere. Work shorter than that leaves no trace. */
export function startProgress(
  options: ProgressOptions,
  to: { readonly status: StatusLine; readonly clock: Clock },
): Progress {
  const { status, clock } = to;
  const everyMs = status.isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS;
  const startedMs = nowMs(clock);
  let total = options.total;
  let drawnMs = startedMs;
  return {
    update(done, newTotal) {
      total = newTotal ?? total;
      const ms = nowMs(clock);
      if (ms - drawnMs < everyMs) return;
      drawnMs = ms;
      const line = describe(options, { done, total, ms: ms - startedMs });
      if (status.isTerminal) {
        status.show(withBar(line, done, total).slice(0, status.columns - 1));
      } else {
        status.write(`${line}\n`);
      }
    },
    [Symbol.dispose]() {
      status.show("");
    },
  };
}

interface Measure {
  readonly done: number;
  readonly total: number | undefined;
  readonly ms: number;
}

function describe(options: ProgressOptions, at: Measure): string {
  const { done, total, ms } = at;
  const perSecond = ms > 0 ? (done * 1000) / ms : 0;
  const amount = (value: number) => formatAmount(options.unit, value);
  const pieces = [`${amount(perSecond)}/s`];
  if (total !== undefined && total > 0) {
    pieces.unshift(
      `${Math.floor(fraction(done, total) * 100)} %`,
      `${amount(done)} of ${amount(total)}`,
    );
    if (perSecond > 0 && done < total) {
      pieces.push(
        `${formatDuration((1000 * (total - done)) / perSecond)} left`,
      );
    }
  } else {
    pieces.unshift(amount(done));
  }
  return `${options.label}  ${pieces.join(" · ")}`;
}

function withBar(
  line: string,
  done: number,
  total: number | undefined,
): string {
  if (total === undefined || total <= 0) return line;
  const full = Math.floor(fraction(done, total) * BAR_CELLS);
  return `${"█".repeat(full)}${"░".repeat(BAR_CELLS - full)} ${line}`;
}

function fraction(done: number, total: number): number {
  return Math.min(1, done / total);
}

function formatAmount(unit: ProgressOptions["unit"], value: number): string {
  return unit === "bytes"
    ? formatBytes(value)
    : `${formatCount(Math.round(value))} ${unit}`;
}

function nowMs(clock: Clock): number {
  return Number(clock.now() / 1000n);
}
