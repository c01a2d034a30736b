import type { ArchiveLocation } from "../config/config.ts";
import type { Point } from "../core/point.ts";
import type { SourceName } from "../core/source-name.ts";

export interface VerifyCommandOptions {
  readonly against?: string;
  readonly at?: Point;
  readonly againstPasswordFile?: string;
  readonly memory: number;
  readonly streams: number;
  readonly record: boolean;
  readonly archive?: ArchiveLocation;
}

export type VerifyRequest = VerifyCommandOptions & {
  readonly source: SourceName;
};
