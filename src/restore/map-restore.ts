import { hash } from "node:crypto";
import { readDocument } from "../archive/base-documents.ts";
import type { ArchiveReading } from "../archive/find-commit.ts";
import type { Engine } from "../core/database-identity.ts";
import type { Definitions } from "../engine/definitions.ts";
import type { Mapping, PlanMapping } from "../engine/mapping.ts";
import type { RestorePlan } from "./plan-restore.ts";
import { selectForRestore } from "./select-for-restore.ts";

/** A restore into an engine of another kind, decided before anything is written. */
export interface MappedRestore {
  readonly mapping: Mapping;
  /** Of another hash than without a mapping, or with another one: only the same restore resumes. */
  readonly plan: RestorePlan;
}

/** Reads the archive alone. What a restore of these tables leaves out is among the remarks, as what is not mapped is. */
export async function mapRestore(
  request: {
    readonly archive: ArchiveReading;
    readonly plan: RestorePlan;
    readonly partial: boolean;
    readonly to: Engine;
    readonly planMapping: PlanMapping;
  },
  signal: AbortSignal,
): Promise<MappedRestore> {
  const { archive, plan, to } = request;
  const stored = (await readDocument(
    archive.store,
    plan.definitions.definitions,
    signal,
  )) as Definitions;
  const { definitions, leftOut } = selectForRestore(stored, request);
  const mapping = request.planMapping(definitions, to);
  const made = JSON.stringify([plan.hash, to, mapping.definitions]);
  return {
    mapping: { ...mapping, remarks: [...mapping.remarks, ...leftOut] },
    plan: { ...plan, hash: hash("sha256", made) },
  };
}
