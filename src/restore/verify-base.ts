import { readDocument, readManifest } from "../archive/base-documents.ts";
import type { CatalogState, NumberedBase } from "../archive/catalog-state.ts";
import type { TableBase } from "../archive/manifest.ts";
import { TidemarkError } from "../core/errors.ts";
import { tableLabel } from "../core/shape.ts";
import { RowDigest } from "../format/row-digest.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { checkManifest } from "./check-manifest.ts";
import {
  affectedByDefinitions,
  affectedByTableBase,
  findingOf,
  type Affected,
  type Finding,
} from "./finding.ts";
import { readBasePart } from "./read-base-rows.ts";

export interface VerifyBaseOptions {
  readonly store: ObjectStore;
  readonly state: CatalogState;
  readonly base: NumberedBase;
  readonly onBytes: (bytes: number) => void;
}

/** Every object of a base: its bytes are those named, its rows as many and with the digest that the manifest says. */
export async function verifyBase(
  options: VerifyBaseOptions,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { store, state, base } = options;
  const findings: Finding[] = [];
  const look = async (
    object: string,
    affects: Affected,
    read: () => Promise<void>,
  ) => {
    try {
      await read();
    } catch (error) {
      findings.push(findingOf(error, { object, affects }));
    }
  };
  await look(
    base.definitions.key,
    affectedByDefinitions(state, base),
    async () => {
      await readDocument(store, base.definitions, signal);
    },
  );
  let lines: readonly TableBase[] = [];
  await look(base.manifest.key, affectedByBase(state, base), async () => {
    lines = await readManifest(store, base.manifest, signal);
    checkManifest(base, lines);
  });
  for (const line of lines) {
    const whole = new RowDigest();
    let broken = false;
    const affects = {
      restores: affectedByTableBase(state, line),
      tables: [tableLabel(line)],
    };
    for (const part of line.parts) {
      const before = findings.length;
      await look(part.key, affects, async () => {
        whole.merge(await readPart(options, part, signal));
      });
      broken ||= findings.length > before;
    }
    if (broken) continue;
    const { rows, digest } = whole.finish();
    if (rows === line.rows && digest === line.digest) continue;
    const message = `the parts of ${tableLabel(line)} in base ${base.base} hold ${rows} rows with digest ${digest}, its manifest says ${line.rows} with ${line.digest}`;
    const { key } = base.manifest;
    findings.push(
      findingOf(new TidemarkError("ARCHIVE_DAMAGED", message), {
        object: key,
        affects,
      }),
    );
  }
  return findings;
}

async function readPart(
  { store, onBytes }: VerifyBaseOptions,
  part: TableBase["parts"][number],
  signal: AbortSignal,
): Promise<RowDigest> {
  const digest = new RowDigest();
  let rawBytes = 0;
  for await (const chunk of readBasePart(store, part, signal)) {
    digest.add(chunk);
    rawBytes += chunk.length;
  }
  onBytes(part.bytes);
  const rows = countRows(digest, part.key);
  if (rows === part.rows && rawBytes === part.rawBytes) return digest;
  throw new TidemarkError(
    "ARCHIVE_DAMAGED",
    `${part.key} holds ${rows} rows of ${rawBytes} bytes, its manifest says ${part.rows} of ${part.rawBytes}`,
  );
}

function countRows(digest: RowDigest, key: string): number {
  try {
    return digest.finish().rows;
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TidemarkError("ARCHIVE_DAMAGED", `${key} ends inside a row`, {
      cause,
    });
  }
}

function affectedByBase(state: CatalogState, base: NumberedBase): Affected {
  const each = base.tables.map((table) => affectedByTableBase(state, table));
  const through = each.map(({ throughSeq }) => throughSeq);
  return {
    restores: {
      fromSeq: base.seq.min,
      throughSeq: through.includes(null)
        ? null
        : Math.max(base.seq.min, ...through.map(Number)),
    },
    tables: base.tables.map(tableLabel),
  };
}
