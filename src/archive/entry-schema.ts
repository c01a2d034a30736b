import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../core/errors.ts";
import { EVENT_KINDS } from "../core/change.ts";
import type {
  Act,
  ArchivedSource,
  BaseAct,
  EntryFields,
  GapAct,
  IntentAct,
  Link,
  ProgressAct,
  RestoreAct,
  SegmentAct,
  SourceAct,
  StoredObject,
  VerifyAct,
  WriterAct,
} from "./acts.ts";

/**
 * acts.ts as a check of what is read and, before it is written, of what is written. Strict: an unknown field is a newer version's.
 * `satisfies` keeps the two files in step.
 */
const count = z.int().nonnegative();
const seq = count;
const text = z.string().max(1_000_000);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const hash128 = z.string().regex(/^[0-9a-f]{32}$/);
const nonce = z.string().regex(/^[0-9a-f]{32}$/);
const place = String.raw`[^\s:;]{1,255}\.\d{1,10}:\d{1,16}`;
const position = z
  .string()
  .max(1_000_000)
  .regex(
    new RegExp(
      String.raw`^((0|[1-9A-F][0-9A-F]{0,7})/(0|[1-9A-F][0-9A-F]{0,7})|${place}(;gtid=[0-9a-z_:,-]*)?(;xa=${place})?)$`,
    ),
  );
const instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
const key = z
  .string()
  .max(1024)
  .regex(/^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(\/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$/);
const prefix = z
  .string()
  .max(1024)
  .regex(/^([A-Za-z0-9_=-][A-Za-z0-9._=-]*\/)+$/);

const link = z.strictObject({
  seq,
  position,
  rollingHash: hash128,
}) satisfies z.ZodType<Link>;
const times = { committedAt: instant, rawCommittedAt: instant };
const storedObject = z.strictObject({
  key,
  bytes: count,
  sha256,
}) satisfies z.ZodType<StoredObject>;
const archivedFacts = {
  name: text,
  version: text,
  incarnation: count,
  preparation: text,
  tables: z.array(text),
};
const archivedSource = z.discriminatedUnion("engine", [
  z.strictObject({
    ...archivedFacts,
    engine: z.literal("postgres"),
    systemIdentifier: z.string().regex(/^\d{1,20}$/),
    timeline: count,
    databaseOid: count,
  }),
  z.strictObject({
    ...archivedFacts,
    engine: z.enum(["mysql", "mariadb"]),
    serverId: text,
    schema: text.nullable(),
  }),
]) satisfies z.ZodType<ArchivedSource>;

const source = z.strictObject({
  act: z.literal("source"),
  source: archivedSource,
  start: link,
}) satisfies z.ZodType<SourceAct>;

const writer = z.strictObject({
  act: z.literal("writer"),
  source: archivedSource,
  continues: link,
}) satisfies z.ZodType<WriterAct>;

const intent = z.strictObject({
  act: z.literal("intent"),
  work: z.literal("base"),
  prefix,
  expiresAt: instant,
}) satisfies z.ZodType<IntentAct>;

const touched = { table: count, shape: hash128, namespace: text, name: text };

const segment = z.strictObject({
  act: z.literal("segment"),
  epoch: count,
  incarnation: count,
  object: storedObject.extend({ rawBytes: count, records: count }),
  first: z.strictObject({ seq, ...times }),
  last: link.extend({ ...times, xid: text }),
  before: link,
  reread: link,
  progress: z.strictObject({ position, at: instant }),
  proved: z.boolean(),
  tables: z.array(
    z.strictObject({
      ...touched,
      firstSeq: seq,
      lastSeq: seq,
      inserts: count,
      updates: count,
      deletes: count,
      truncates: z.array(seq),
    }),
  ),
  events: z.array(
    z.strictObject({
      seq,
      kind: z.enum(EVENT_KINDS),
      name: text,
      tables: z.array(count).nullable().exactOptional(),
    }),
  ),
  clockBack: z.array(
    z.strictObject({
      fromSeq: seq,
      throughSeq: seq,
      rawFrom: instant,
      rawThrough: instant,
      orderedAt: instant,
    }),
  ),
}) satisfies z.ZodType<SegmentAct>;

const progress = z.strictObject({
  act: z.literal("progress"),
  epoch: count,
  incarnation: count,
  afterSeq: seq,
  progress: z.strictObject({ position, at: instant }),
}) satisfies z.ZodType<ProgressAct>;

const sizes = { rows: count, bytes: count, rawBytes: count };

const base = z.strictObject({
  act: z.literal("base"),
  base: z.string().regex(/^[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,200}$/),
  kind: z.literal("live"),
  incarnation: count,
  manifest: storedObject,
  definitions: storedObject.extend({ seq, position, tables: z.array(count) }),
  seq: z.strictObject({ min: seq, max: seq }),
  tables: z.array(z.strictObject({ ...touched, seq, ...sizes })),
  ...sizes,
  startedAt: instant,
  finishedAt: instant,
}) satisfies z.ZodType<BaseAct>;

const gap = z.strictObject({
  act: z.literal("gap"),
  scope: z.strictObject({ kind: z.literal("source") }),
  code: z.enum(Object.keys(ERROR_CODES) as ErrorCode[]),
  incarnation: count,
  afterSeq: seq,
  afterPosition: position,
  afterAt: instant,
  throughPosition: position,
  detail: z.record(text, z.union([text, z.number(), z.null()])),
}) satisfies z.ZodType<GapAct>;

const restore = z.strictObject({
  act: z.literal("restore"),
  id: nonce,
  requested: text,
  seq,
  target: text,
  planHash: text,
  outcome: z.enum(["verified", "counted"]),
  rows: count,
}) satisfies z.ZodType<RestoreAct>;

const verify = z.strictObject({
  act: z.literal("verify"),
  kind: z.enum(["archive", "against"]),
  throughEntry: count,
  seq,
  ok: z.boolean(),
}) satisfies z.ZodType<VerifyAct>;

/** Complete: a new member of `Act` does not compile until it is here. */
const ACTS = {
  source,
  writer,
  intent,
  segment,
  progress,
  base,
  gap,
  restore,
  verify,
} satisfies { [K in Act["act"]]: z.ZodType<Extract<Act, { act: K }>> };

const fields = {
  format: z.literal(1),
  n: z.int().positive(),
  previous: sha256,
  nonce,
  at: instant,
  by: z.string().max(1000),
} satisfies { [K in keyof EntryFields]: z.ZodType<EntryFields[K]> };

export function isKnownAct(act: unknown): act is Act["act"] {
  return typeof act === "string" && Object.hasOwn(ACTS, act);
}

export const ENTRY_SCHEMA = z.discriminatedUnion("act", [
  source.extend(fields),
  writer.extend(fields),
  intent.extend(fields),
  segment.extend(fields),
  progress.extend(fields),
  base.extend(fields),
  gap.extend(fields),
  restore.extend(fields),
  verify.extend(fields),
]);
