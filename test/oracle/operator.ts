import { cp, readFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { BASE_FAILPOINTS } from "../../src/base/take-base.ts";
import { waitUntil } from "../support/wait-until.ts";
import {
  describeEnd,
  type Installation,
  type RunProcess,
  SOURCE,
} from "./installation.ts";
import type { LogDisturbance, OracleSource } from "./engine.ts";
import type { Random } from "./random.ts";
import type { ServiceDisturbance } from "./remote-service.ts";

/** How long a process may take for what it should do at once. */
const PATIENCE_MS = 120_000;

/** For the coming to a place that `run` may come to seldom. */
const UNTIL_FAILPOINT_MS = 6_000;

export type Disturbance =
  | "kill"
  | "die"
  | "stop"
  | "kill server"
  | "kill both"
  | "lose journal"
  | "roll journal back"
  | "base"
  | "killed base"
  | "rival"
  | LogDisturbance
  | ServiceDisturbance;

/** Keeps `tidemark run` at work on a source, and does to it what happens to it in the world. */
export class Operator {
  readonly done: Partial<Record<Disturbance, number>> = {};
  private readonly installation: Installation;
  private readonly source: OracleSource;
  private readonly random: Random;
  private run: RunProcess | undefined;
  private journals = 1;
  private copyOfJournal: string | undefined;
  /** Bases that somebody asked for and that nobody has waited for yet. */
  private readonly bases: Promise<void>[] = [];

  constructor(
    use: { readonly installation: Installation; readonly source: OracleSource },
    random: Random,
  ) {
    this.installation = use.installation;
    this.source = use.source;
    this.random = random;
  }

  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const journal = this.run?.journal ?? "journal";
    this.run = await this.installation.run({ journal, env });
  }

  async disturb(what: Disturbance): Promise<void> {
    this.checkAlive();
    this.count(what);
    switch (what) {
      case "kill broker":
      case "cut broker":
      case "kill store":
      case "cut store":
        return this.installation.disturb(what, this.random);
      case "rotate log":
      case "purge log":
        return this.source.living.survive(() =>
          this.source.disturb(what, this.installation.archive),
        );
      case "kill":
        return this.whileDown("kill");
      case "die":
        return this.dieSomewhere();
      case "stop":
        return this.whileDown("stop");
      case "kill server":
        return this.source.living.killAndStart();
      case "kill both":
        return this.whileDown("kill", () => this.source.living.killAndStart());
      case "lose journal":
        return this.whileDown("kill", () => this.loseJournal());
      case "roll journal back":
        return this.whileDown("kill", () => this.rollJournalBack());
      case "base":
        return this.beginBase();
      case "killed base":
        return this.takeBaseAndKill();
      case "rival":
        return this.raceRival();
      default:
        return what satisfies never;
    }
  }

  /** Whether `run` is at work or not. */
  async disturbService(what: ServiceDisturbance): Promise<void> {
    this.count(what);
    await this.installation.disturb(what, this.random);
  }

  private count(what: Disturbance): void {
    this.done[what] = (this.done[what] ?? 0) + 1;
  }

  /** Throws when the process has ended by itself. */
  checkAlive(): void {
    const end = this.run?.end;
    if (end === undefined) return;
    throw new Error(`tidemark run ended by itself: ${JSON.stringify(end)}`);
  }

  /** Throws what a base that was asked for failed with. */
  async settle(): Promise<void> {
    await Promise.all(this.bases.splice(0));
  }

  /** In an orderly way; before it has got to its work a process may end as the signal says. */
  async stop(when: "at work" | "at any time" = "at work"): Promise<void> {
    this.checkAlive();
    const end = await this.run?.stop();
    const bySignal = end?.signal === "SIGTERM" || end?.exitCode === 143;
    if (end?.exitCode !== 0 && !(bySignal && when === "at any time")) {
      throw new Error(`a stopped run ended with ${JSON.stringify(end)}`);
    }
  }

  private async whileDown(
    how: "kill" | "stop",
    work: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    if (how === "kill") await this.run?.kill();
    else await this.stop("at any time");
    await work();
    if (this.random.chance(0.4)) await this.copyJournal();
    // Sometimes at once, sometimes with a backlog.
    if (this.random.chance(0.5)) await delay(this.random.integer(1, 2_000));
    await this.start();
  }

  /** Between two durable steps, if it comes there soon. */
  private async dieSomewhere(): Promise<void> {
    await this.run?.kill();
    const { failpoints } = this.installation;
    const failpoint = `${this.random.pick(failpoints)}:${this.random.integer(1, 5)}`;
    await this.start({ TIDEMARK_FAILPOINT: failpoint });
    const { run } = this;
    await Promise.race([run?.ended, delay(UNTIL_FAILPOINT_MS)]);
    if (run?.end === undefined) await run?.kill();
    if (run?.end?.signal !== "SIGKILL")
      throw new Error(
        `a run to die at ${failpoint} ended with ${JSON.stringify(run?.end)}`,
      );
    await this.start();
  }

  private get journalFolder(): string {
    return this.installation.journalFolder(this.run?.journal ?? "journal");
  }

  private async loseJournal(): Promise<void> {
    await this.installation.loseJournal(this.run?.journal ?? "journal");
  }

  private async copyJournal(): Promise<void> {
    if (!existsSync(this.journalFolder)) return;
    const copy = this.installation.journalFolder("journal-copy");
    await rm(copy, { recursive: true, force: true });
    await cp(this.journalFolder, copy, { recursive: true });
    this.copyOfJournal = copy;
  }

  private async rollJournalBack(): Promise<void> {
    if (this.copyOfJournal === undefined) return;
    await this.loseJournal();
    await cp(this.copyOfJournal, this.journalFolder, { recursive: true });
  }

  private async beginBase(): Promise<void> {
    const base = this.takeBase();
    // Heard, and thrown, by `settle`.
    base.catch(() => undefined);
    this.bases.push(base);
  }

  private async takeBase(): Promise<void> {
    const { living } = this.source;
    let absences = living.absences;
    const end = await this.installation.persist(async () => {
      // Given again while the source is away it would not have been there from the beginning.
      await living.whenUp;
      absences = living.absences;
      return (await this.installation.command(["base", SOURCE])).ended;
    });
    if (end.exitCode === 0) return;
    // Tables that are truncated again and again cannot be copied, and a server that dies ends its sessions.
    if (end.exitCode === 1 && /BASE_UNSETTLED/.test(end.stderr)) return;
    if (end.exitCode === 8 && absences !== living.absences) return;
    throw new Error(`base failed: ${describeEnd(end)}`);
  }

  private async takeBaseAndKill(): Promise<void> {
    const { random } = this;
    const failpoint = `${random.pick(BASE_FAILPOINTS)}:${random.integer(1, 3)}`;
    const { child, ended } = await this.installation.command(
      ["base", SOURCE],
      random.chance(0.5) ? { env: { TIDEMARK_FAILPOINT: failpoint } } : {},
    );
    await Promise.race([ended, delay(random.integer(200, 2_500))]);
    child.kill("SIGKILL");
    await ended;
  }

  /** Two of one source, each with its own journal, or both with one where that may be: one stops and says why, the other goes on. */
  private async raceRival(): Promise<void> {
    const ours = this.run;
    if (ours === undefined) throw new Error("nobody runs");
    const rival = await this.installation.run({
      journal: this.installation.sharesJournals
        ? ours.journal
        : `journal-${++this.journals}`,
    });
    await waitUntil(
      "one of two writers stops",
      () => ours.end !== undefined || rival.end !== undefined,
      PATIENCE_MS,
    );
    const [loser, winner] =
      ours.end === undefined ? [rival, ours] : [ours, rival];
    this.run = winner;
    const log = await readFile(this.installation.log, "utf8");
    if (loser.end?.exitCode !== 7 || !log.includes("FENCED")) {
      throw new Error(
        `the slower writer ended with ${JSON.stringify(loser.end)}`,
      );
    }
    this.copyOfJournal = undefined;
  }
}
