import type { Definitions } from "../engine/definitions.ts";
import type { SequenceValue } from "../engine/restore-target.ts";
import {
  sequenceKey,
  type SequenceReadings,
} from "../fold/sequence-readings.ts";

/**
 * What each sequence must not be behind: its last reading at or before the point, or else that of the definitions, which may be a
 * later one. The target also looks at the rows that were restored. Pure.
 */
export function sequenceValues(
  definitions: Definitions,
  readings: SequenceReadings,
): SequenceValue[] {
  const tables = new Map(
    definitions.tables.map((table) => [table.table, table]),
  );
  return definitions.sequences.map((sequence) => {
    const reading = readings.get(sequenceKey(sequence));
    return {
      namespace: sequence.namespace,
      name: sequence.name,
      increment: sequence.increment,
      lastValue: reading ?? sequence.lastValue,
      isCalled: reading !== undefined || sequence.isCalled,
      columns: sequence.columns.flatMap(({ table, column }) => {
        const found = tables.get(table);
        return found === undefined
          ? []
          : [{ namespace: found.namespace, table: found.name, column }];
      }),
    };
  });
}
