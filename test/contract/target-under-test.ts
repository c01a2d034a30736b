import type { Definitions, SchemaPhase } from "../../src/engine/definitions.ts";
import type {
  RestoreTarget,
  TargetTable,
} from "../../src/engine/restore-target.ts";
import { never } from "../support/never.ts";

/**
 * A target whose database does not exist yet. `definitions` make the tables `t (id, note)`, its key `id`, and `u` of the same
 * columns; in every place where a sequence could be, `s` is one.
 */
export interface TargetUnderTest extends AsyncDisposable {
  open(): RestoreTarget;
  readonly definitions: Definitions;
  /** Rows of `t` in the target, as text, by id. */
  rows(): Promise<readonly string[]>;
  run(sql: string): Promise<void>;
  /** Runs it as a session of a restore whose process is gone; resolves once it is at work, to its end. */
  leaveAtWork(sql: string): Promise<{ readonly ended: Promise<unknown> }>;
  /** As the target has them: `public.t`. */
  readonly t: string;
  readonly namespace: string;
  /** Leaves the database without anything that the restore made. */
  clear(): Promise<void>;
  /** What a target says of who it is, before it is there and then. */
  readonly identity: {
    readonly before: unknown;
    readonly then: unknown;
  };
  /** Statements each of which leaves something of a user's, and what. */
  readonly leavings: readonly (readonly [what: string, sql: string])[];
  /** A statement for `t` that cannot be obeyed, because it is of somebody who does not exist. */
  readonly impossible: string;
  /** What else an object of `definitions` has to have for its statements to be run there. */
  readonly within?: string;
  /** Ends the sessions by which restores hold their targets. */
  endHolds(): Promise<void>;
  /** How who is busy there is named, and how a session of it is ended. */
  readonly busy: { readonly who: RegExp; readonly hint: string };
  /** A statement that waits for an hour beside a lock of `t`. */
  readonly waiting: string;
}

export const PLAN = "plan-1";

export function begin(under: TargetUnderTest, target: RestoreTarget) {
  return target.begin(
    { planHash: PLAN, definitions: under.definitions },
    never,
  );
}

/** A restore that has made its tables, and no more. */
export async function openStructure<Under extends TargetUnderTest>(
  make: () => Promise<Under>,
): Promise<
  AsyncDisposable & {
    readonly under: Under;
    readonly target: RestoreTarget;
  }
> {
  await using stack = new AsyncDisposableStack();
  const under = stack.use(await make());
  const target = stack.use(under.open());
  await begin(under, target);
  await runPhase(under, target, "structure");
  const held = stack.move();
  return { under, target, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

export async function runPhase(
  under: TargetUnderTest,
  target: RestoreTarget,
  phase: SchemaPhase,
) {
  const progress: string[] = [];
  const failed = await target.runSchema(
    {
      definitions: under.definitions,
      phase,
      streams: 2,
      onProgress: (done, of) => progress.push(`${done}/${of}`),
    },
    never,
  );
  return { failed, progress };
}

export function tableOf(under: TargetUnderTest, table: string): TargetTable {
  const found = under.definitions.tables.find((one) => one.name === table);
  if (found === undefined) throw new Error(`no table ${table}`);
  return found;
}
