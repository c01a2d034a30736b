import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type Combination, planCombinations } from "./combinations.ts";
import type { OracleEngine, OracleSource } from "./engine.ts";
import {
  engineName,
  parseOptions,
  USAGE,
  type OracleOptions,
} from "./options.ts";
import { planRound } from "./plan-round.ts";
import { createRandom } from "./random.ts";
import { runRound } from "./run-round.ts";
import { disturbancesOf, Services } from "./services.ts";
import { startEngine } from "./start-engine.ts";

/*
 * The soak: rounds until the time is over, each with a seed of its own on the next combination of engine, journal and archive.
 * One JSON line a round, one at the end; after a difference nothing is removed, and the exit code is 1.
 */

function say(document: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

async function soak(options: OracleOptions): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-oracle-"));
  await using stack = new AsyncDisposableStack();
  const running = new Map<string, OracleEngine>();
  const deadline = Date.now() + options.minutes * 60_000;
  const { minutes, seed, engines, archives, journals, keep } = options;
  const services = stack.use(await Services.start(options));
  const names = engines.map(engineName);
  const combinations = planCombinations(options);
  say({
    ...{ oracle: "begins", seed, minutes, engines: names },
    ...{ archives, journals, folder },
  });
  const totals = {
    rounds: 0,
    dumps: 0,
    restored: 0,
    byTime: 0,
    refused: 0,
    transactions: 0,
  };
  for (let round = 0; Date.now() < deadline; round++) {
    const {
      engine: choice,
      archive,
      journal,
    } = combinations[round % combinations.length] as Combination;
    const name = engineName(choice);
    const engine = running.get(name) ?? stack.use(await startEngine(choice));
    running.set(name, engine);
    const places = await services.open({ archive, journal });
    const own = `${seed}/${round}`;
    const plan = planRound(createRandom(own).fork("plan"), options.intensity, [
      ...engine.disturbances,
      ...disturbancesOf(places),
    ]);
    const roundFolder = join(folder, `round-${round}`);
    await mkdir(roundFolder);
    const source = await engine.openSource();
    const startedMs = performance.now();
    try {
      const result = await runRound(
        {
          ...{ engine, seed: own, plan, folder: roundFolder, places },
        },
        source,
        new AbortController().signal,
      );
      totals.rounds++;
      totals.dumps += result.dumps;
      totals.restored += result.restored;
      totals.byTime += result.byTime;
      totals.refused += result.refused;
      totals.transactions += result.archive.transactions;
      say({
        round,
        seed: own,
        engine: name,
        kept: archive,
        journal,
        ...result,
        tookMs: tookMs(startedMs),
      });
    } catch (error) {
      say({
        ...{ round, seed: own, engine: name, kept: archive, journal, plan },
        folder: roundFolder,
        ...{ source: source.url, failed: String(error) },
        error: describe(error),
      });
      say({ oracle: "ends", seed, ...totals, ok: false });
      if (keep) await holdOpen();
      return false;
    }
    await clean(source, roundFolder);
  }
  say({ oracle: "ends", seed, ...totals, ok: true });
  await rm(folder, { recursive: true, force: true });
  return true;
}

/** With what it came from, and with what it suppressed, which comes first. */
function describe(error: unknown): string {
  return error instanceof SuppressedError
    ? `${describe(error.suppressed)}\nand then ${describe(error.error)}`
    : inspect(error);
}

function tookMs(startedMs: number): number {
  return Math.round(performance.now() - startedMs);
}

async function clean(source: OracleSource, folder: string): Promise<void> {
  await source.drop();
  await rm(folder, { recursive: true, force: true });
}

/** The server is there to be looked at until somebody ends this process. */
async function holdOpen(): Promise<never> {
  process.stderr.write("the servers are kept until you press Ctrl-C\n");
  setInterval(() => undefined, 60_000);
  return await new Promise<never>(() => undefined);
}

let options: OracleOptions;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}\n`);
  process.exit(2);
}
process.exit((await soak(options)) ? 0 : 1);
