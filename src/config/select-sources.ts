import { TidemarkError } from "../core/errors.ts";
import type { SourceName } from "../core/source-name.ts";
import type { Config, SourceConfig } from "./config.ts";
import { nearest } from "./nearest.ts";

/** The source of a name. Throws NOT_FOUND with the nearest name. */
export function findSource(config: Config, name: SourceName): SourceConfig {
  const source = config.sources.get(name);
  if (source !== undefined) return source;
  const known = [...config.sources.keys()];
  const meant = nearest(name, known);
  throw new TidemarkError(
    "NOT_FOUND",
    `there is no source ${name} in ${config.path}`,
    {
      hint:
        meant !== undefined
          ? `nearest: ${meant}`
          : known.length > 0
            ? `sources: ${known.join(", ")}`
            : "write it under sources:",
    },
  );
}

/** The sources named, or all when none is. Throws NOT_FOUND, also when there is none at all. */
export function selectSources(
  config: Config,
  names: readonly SourceName[],
): readonly SourceConfig[] {
  if (names.length > 0) return names.map((name) => findSource(config, name));
  if (config.sources.size === 0) {
    throw new TidemarkError("NOT_FOUND", `${config.path} has no source`, {
      hint: "write one under sources:; docs/configuration.md shows how",
    });
  }
  return [...config.sources.values()];
}
