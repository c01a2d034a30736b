import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";

/** A table for people on stderr, and a JSON line per figure on stdout. */
export function report(
  name: string,
  parameters: Readonly<Record<string, string | number>>,
  figures: Readonly<Record<string, number>>,
): void {
  const where = {
    node: process.version,
    cpus: cpus().length,
    model: cpus()[0]?.model,
  };
  console.error(
    `\n${name} ${Object.entries(parameters)
      .map(([k, v]) => `${k}=${v}`)
      .join(" ")}`,
  );
  for (const [figure, value] of Object.entries(figures)) {
    console.log(
      JSON.stringify({ bench: name, ...parameters, figure, value, ...where }),
    );
    const shown = Number.isInteger(value)
      ? value.toLocaleString("en")
      : value.toPrecision(3);
    console.error(`  ${figure.padEnd(32)} ${shown}`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1
    ? upper
    : (upper + (sorted[middle - 1] as number)) / 2;
}

export async function scratch(): Promise<
  AsyncDisposable & { readonly path: string }
> {
  const path = await mkdtemp(join(tmpdir(), "tidemark-bench-"));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}
