/** Has the value it had before (Postgres: an unchanged TOAST column). */
export const UNCHANGED: unique symbol = Symbol("UNCHANGED");
/** Was not sent (columns of an old row outside the identity). */
export const ABSENT: unique symbol = Symbol("ABSENT");

/** NULL, unchanged and absent are three things, and none of them is an empty value. */
export type Value = null | typeof UNCHANGED | typeof ABSENT | Uint8Array;

/** One value per column of the shape, in its order. */
export type Row = readonly Value[];

/** none: the key did not change. key: columns outside the identity are ABSENT. */
export type Old =
  | { readonly kind: "none" }
  | { readonly kind: "key"; readonly row: Row }
  | { readonly kind: "full"; readonly row: Row };

export const EVENT_KINDS = [
  "marker",
  "sequence",
  "heartbeat",
  "ddl",
  "context",
  "filter",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The decoded form of a change, for cold paths and tests; `ref` points into the part's tables. */
export type Change =
  | { readonly kind: "insert"; readonly ref: number; readonly after: Row }
  | {
      readonly kind: "update";
      readonly ref: number;
      readonly old: Old;
      readonly after: Row;
    }
  | {
      readonly kind: "delete";
      readonly ref: number;
      readonly old: Exclude<Old, { kind: "none" }>;
    }
  | {
      readonly kind: "truncate";
      readonly refs: readonly number[];
      readonly cascade: boolean;
      readonly restartIdentity: boolean;
    }
  | {
      readonly kind: "event";
      readonly event: EventKind;
      readonly name: string;
      readonly body: Uint8Array;
    };
