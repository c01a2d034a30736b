import type { Outcome, Writer } from "../engine.ts";
import type { Intensity } from "../intensity.ts";
import type { Random } from "../random.ts";
import type { WorkTable } from "../work-table.ts";
import { type Ending, planTransaction } from "./plan-transaction.ts";
import {
  isExpected,
  numberOf,
  runSteps,
  runTransaction,
} from "./run-transaction.ts";
import type { MysqlSession } from "./session.ts";

type XaEnding = Extract<Ending, { kind: "XA" }>;

/** One that waits to be decided. */
interface Prepared {
  readonly xid: string;
  readonly decision: XaEnding["decision"];
  /** After so many more transactions. */
  left: number;
}

/** Not to be known by what prepared it: the next life of a writer has others. */
let transactions = 0;

/** A session, and what it has prepared in earlier ones. */
export class MysqlWriter implements Writer {
  private session: MysqlSession;
  private readonly open: () => Promise<MysqlSession>;
  private readonly tables: readonly WorkTable[];
  private readonly prepared: Prepared[] = [];

  private constructor(
    open: () => Promise<MysqlSession>,
    session: MysqlSession,
    tables: readonly WorkTable[],
  ) {
    this.open = open;
    this.session = session;
    this.tables = tables;
  }

  static async start(
    open: () => Promise<MysqlSession>,
    tables: readonly WorkTable[],
  ): Promise<MysqlWriter> {
    return new MysqlWriter(open, await open(), tables);
  }

  async write(random: Random, intensity: Intensity): Promise<Outcome> {
    for (const each of this.prepared) each.left--;
    await this.decide(({ left }) => left < 0);
    const plan = planTransaction(this.tables, intensity, random);
    const { end } = plan;
    if (end.kind !== "XA") return await runTransaction(this.session, plan);
    const xid = `'oracle-${process.pid}-${transactions++}'${random.pick(["", ",'branch'", ",x'00ff27',7"])}`;
    await this.session.run(`XA START ${xid}`);
    const { rows, failed } = await runSteps(this.session, plan);
    return failed === undefined
      ? await this.prepare(xid, end, rows)
      : await this.giveUp(xid, failed);
  }

  private async prepare(
    xid: string,
    { decision, elsewhere, after }: XaEnding,
    rows: number,
  ): Promise<Outcome> {
    await this.session.run(`XA END ${xid}`);
    try {
      await this.session.run(`XA PREPARE ${xid}`);
    } catch (error) {
      if (!isExpected(error)) throw error;
      return await this.giveUp(xid, numberOf(error));
    }
    // A server may keep it in the session that prepared it as long as that lives.
    if (elsewhere || after > 0) {
      const ended = this.session;
      await ended.end();
      this.session = await this.open();
      await this.session.whenGone(ended);
    }
    this.prepared.push({ xid, decision, left: after });
    await this.decide(({ left }) => left === 0);
    return { kind: decision === "COMMIT" ? "committed" : "rolled-back", rows };
  }

  private async giveUp(xid: string, failed: number): Promise<Outcome> {
    // The server may have ended it by itself, with the transaction.
    await this.session.run(`XA END ${xid}`).catch(expectXa);
    await this.session.run(`XA ROLLBACK ${xid}`).catch(expectXa);
    return { kind: "failed", code: `${failed}` };
  }

  private async decide(due: (each: Prepared) => boolean): Promise<void> {
    // The one that this session prepared stands in the way of all others, and is the newest.
    for (const each of this.prepared.filter(due).reverse()) {
      // One that changed nothing may be gone with the session that prepared it.
      await this.session.run(`XA ${each.decision} ${each.xid}`).catch(expectXa);
      this.prepared.splice(this.prepared.indexOf(each), 1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using _session = this.session;
    // What a dead server leaves behind, `settle` decides.
    await this.decide(() => true).catch(expectLost);
  }
}

/** Unknown, in another state, or rolled back already. */
const XA_ENDED = [1397, 1399, 1402, 1613, 1614];

function expectXa(error: unknown): void {
  if (!XA_ENDED.includes(numberOf(error))) throw error;
}

function expectLost(error: unknown): void {
  if ((error as { fatal?: boolean }).fatal !== true) throw error;
}
