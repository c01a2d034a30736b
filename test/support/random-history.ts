import fc from "fast-check";
import {
  ABSENT,
  UNCHANGED,
  type Change,
  type Row,
  type Value,
} from "../../src/core/change.ts";
import type { EncodedPart } from "../../src/core/journal-record.ts";
import type { Shape } from "../../src/core/shape.ts";
import { AvroWriter } from "../../src/format/avro-writer.ts";
import { writeValue } from "../../src/format/change-codec.ts";
import { writeCopyLine } from "../../src/format/copy-text.ts";
import { sampleParts, sampleShape } from "./sample-records.ts";

type Values = (string | null)[];

/** One step: numbers that are read as far as an operation needs them. */
interface Step {
  readonly table: number;
  readonly operation: number;
  readonly key: number;
  readonly otherKey: number;
  readonly values: readonly number[];
  /** Bits: which unchanged columns are sent as UNCHANGED. */
  readonly toasted: number;
  /** What follows: 0 another change, 1 another part, 2 the commit. */
  readonly end: number;
}

export const HISTORY_SHAPES: readonly Shape[] = [
  sampleShape({
    table: 1,
    name: "keyed",
    identity: "KEY",
    columns: ["id*", "a", "big"],
  }),
  sampleShape({
    table: 2,
    name: "scattered",
    identity: "KEY",
    columns: ["a", "k*", "big", "l*", "b"],
  }),
  sampleShape({
    table: 3,
    name: "bag",
    identity: "WHOLE_ROW",
    columns: ["a", "b"],
  }),
  sampleShape({
    table: 4,
    name: "log",
    identity: "NONE",
    columns: ["a", "b"],
  }),
];

/** Keyed tables are the interesting ones: they get six of eight steps. */
const TABLES = [0, 0, 0, 0, 1, 1, 2, 3];

const VALUES = [
  null,
  "",
  "x",
  "tab\there",
  "\\N",
  "two\nlines",
  "x".repeat(70),
];

export const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    table: fc.nat(7),
    operation: fc.nat(11),
    key: fc.nat(4),
    otherKey: fc.nat(4),
    values: fc.array(fc.nat(VALUES.length - 1), { minLength: 5, maxLength: 5 }),
    toasted: fc.nat(31),
    end: fc.nat(2),
  }),
  { maxLength: 60, size: "max" },
);

/** A long history over many keys, too long to be drawn number by number; most columns stay as they are. */
export function manySteps(of: {
  readonly seed: number;
  readonly steps: number;
  readonly keys: number;
  /** Of HISTORY_SHAPES. */
  readonly tables: readonly number[];
  /** So many key changes for each step of any kind. */
  readonly moves: number;
}): readonly Step[] {
  let state = of.seed;
  const nat = (most: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % (most + 1);
  };
  return Array.from({ length: of.steps }, () => ({
    table: TABLES.indexOf(of.tables[nat(of.tables.length - 1)] as number),
    operation: nat(of.moves) > 0 ? 9 + nat(2) : nat(11),
    key: nat(of.keys - 1),
    otherKey: nat(of.keys - 1),
    values: Array.from({ length: 5 }, () => nat(VALUES.length - 1)),
    toasted: nat(31) | nat(31),
    end: nat(15) === 0 ? 2 : nat(3) === 0 ? 1 : 0,
  }));
}

/** The rows of each table after each transaction, and the parts that say the same. */
export interface History {
  readonly parts: readonly EncodedPart[];
  /** By seq (0: before the first), by table: sorted lines. */
  readonly states: readonly (readonly (readonly string[])[])[];
}

/** Applies the steps to plain arrays, and writes down what a source would have sent. */
export function buildHistory(of: readonly Step[]): History {
  const tables = HISTORY_SHAPES.map((shape) => new ModelTable(shape));
  const parts: EncodedPart[] = [];
  const states = [tables.map((table) => table.lines())];
  let open: Change[][] = [[]];
  for (const step of of) {
    const ref = TABLES[step.table] as number;
    const change = (tables[ref] as ModelTable).step(ref, step);
    if (change !== undefined) (open.at(-1) as Change[]).push(change);
    if (change !== undefined && step.end === 1) open.push([]);
    if (step.end === 2 && open.some((changes) => changes.length > 0)) {
      parts.push(
        ...sampleParts({
          seq: states.length,
          shapes: HISTORY_SHAPES,
          parts: open,
        }),
      );
      states.push(tables.map((table) => table.lines()));
      open = [[]];
    }
  }
  return { parts, states };
}

class ModelTable {
  private readonly shape: Shape;
  private rows: Values[] = [];

  constructor(shape: Shape) {
    this.shape = shape;
  }

  lines(): string[] {
    return this.rows.map(copyLine).sort();
  }

  step(ref: number, step: Step): Change | undefined {
    const { operation } = step;
    if (operation === 0 && step.key === 0 && step.otherKey < 5) {
      this.rows = [];
      return {
        kind: "truncate",
        refs: [ref],
        cascade: false,
        restartIdentity: false,
      };
    }
    const values = this.rowOf(step);
    const at = this.find(values, step);
    if (operation <= 3 || this.shape.identity === "NONE") {
      if (at >= 0 && this.shape.identity === "KEY") return undefined;
      this.rows.push(values);
      return { kind: "insert", ref, after: this.encode(values) };
    }
    const before = this.rows[at];
    if (before === undefined) return undefined;
    if (operation <= 5) {
      this.rows.splice(at, 1);
      return { kind: "delete", ref, old: this.old(before) };
    }
    return this.update(ref, step, { at, before, values });
  }

  private update(
    ref: number,
    step: Step,
    of: { at: number; before: Values; values: Values },
  ): Change | undefined {
    const { at, before } = of;
    const moves = step.operation >= 9;
    const after = moves
      ? this.rowOf({ ...step, key: step.otherKey })
      : [...of.values];
    if (
      moves &&
      this.shape.identity === "KEY" &&
      this.find(after, step) >= 0 &&
      this.keyOf(after) !== this.keyOf(before)
    ) {
      return undefined;
    }
    // Most columns keep their value, so that there is something to be left out.
    after.forEach((_, n) => {
      if ((step.toasted & (1 << n)) !== 0 && !this.identifies(n))
        after[n] = before[n] as string | null;
    });
    this.rows[at] = after;
    const sameKey = this.keyOf(after) === this.keyOf(before);
    const withOld =
      this.shape.identity === "WHOLE_ROW" || !sameKey || step.operation === 8;
    const sent = after.map((value, n): Value => {
      const leftOut =
        (step.toasted & (1 << n)) !== 0 &&
        value === before[n] &&
        value !== null &&
        (withOld || !this.identifies(n) || !this.isKeyed());
      return leftOut ? UNCHANGED : bytesOf(value);
    });
    return {
      kind: "update",
      ref,
      old: withOld ? this.old(before) : { kind: "none" },
      after: sent,
    };
  }

  private isKeyed(): boolean {
    return this.shape.identity === "KEY";
  }

  private identifies(n: number): boolean {
    return this.isKeyed() && this.shape.columns[n]?.identifies === true;
  }

  /** Key columns have the last digit of a number and the rest, so that keys of several columns collide in parts. */
  private rowOf(step: Step): Values {
    const isScattered = this.shape.columns.length > 3;
    let key = step.key;
    return this.shape.columns.map((_, n) => {
      if (!this.isKeyed() && n === 0 && key > 4) return `${key}`;
      if (!this.identifies(n))
        return VALUES[step.values[n] as number] as string | null;
      if (!isScattered) return `${key}`;
      const isLast = n === 3;
      const digit = isLast ? key : key % 3;
      key = Math.floor(key / 3);
      return `${digit}`;
    });
  }

  private find(values: Values, step: Step): number {
    if (this.shape.identity === "KEY") {
      const key = this.keyOf(values);
      return this.rows.findIndex((row) => this.keyOf(row) === key);
    }
    return this.rows.length === 0 ? -1 : step.key % this.rows.length;
  }

  private keyOf(values: Values): string {
    return JSON.stringify(values.filter((_, n) => this.identifies(n)));
  }

  private encode(values: Values): Row {
    return values.map(bytesOf);
  }

  private old(values: Values): {
    readonly kind: "key" | "full";
    readonly row: Row;
  } {
    if (this.shape.identity === "WHOLE_ROW")
      return { kind: "full", row: this.encode(values) };
    const row = values.map((value, n) =>
      this.identifies(n) ? bytesOf(value) : ABSENT,
    );
    return { kind: "key", row };
  }
}

function bytesOf(value: string | null): Buffer | null {
  return value === null ? null : Buffer.from(value);
}

function copyLine(values: Values): string {
  const row = new AvroWriter(64);
  for (const value of values) writeValue(row, bytesOf(value));
  const out = new AvroWriter(64);
  writeCopyLine(out, { bytes: row.view(), from: 0, to: row.size });
  return out.view().toString();
}
