import { quoteQualified } from "../quote.ts";

/** pg_sequence; bigints as text. */
export interface SequenceOptions {
  readonly namespace: string;
  readonly name: string;
  readonly unlogged: boolean;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
}

export function sequenceOptions(sequence: SequenceOptions): string {
  return [
    `INCREMENT BY ${sequence.increment}`,
    `MINVALUE ${sequence.minimum}`,
    `MAXVALUE ${sequence.maximum}`,
    `START WITH ${sequence.start}`,
    `CACHE ${sequence.cache}`,
    sequence.cycle ? "CYCLE" : "NO CYCLE",
  ].join(" ");
}

/** In parentheses after AS IDENTITY, where the type is the column's. */
export function identityOptions(sequence: SequenceOptions): string {
  return `SEQUENCE NAME ${quoteQualified(sequence.namespace, sequence.name)} ${sequenceOptions(sequence)}`;
}
