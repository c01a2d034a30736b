import type {
  ArchiveKind,
  EngineChoice,
  JournalKind,
  OracleOptions,
} from "./options.ts";

/** What one round is made on. */
export interface Combination {
  readonly engine: EngineChoice;
  readonly journal: JournalKind;
  readonly archive: ArchiveKind;
}

/**
 * Every engine with every journal and every archive, in an order in which rounds that follow each other have different engines and
 * different places for what they keep: a few rounds meet all of both.
 */
export function planCombinations({
  engines,
  journals,
  archives,
}: Pick<
  OracleOptions,
  "engines" | "journals" | "archives"
>): readonly Combination[] {
  const places = journals.flatMap((journal) =>
    archives.map((archive) => ({ journal, archive })),
  );
  return places.flatMap((_, turn) =>
    engines.map((engine, index) => {
      const place = places[(index + turn) % places.length];
      if (place === undefined) throw new Error("there is no such place");
      return { engine, ...place };
    }),
  );
}
