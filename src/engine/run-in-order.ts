import type { DefinedObject } from "./definitions.ts";

/**
 * Runs objects as early as their needs allow, `streams` at a time, and no two of one table at once: those would only wait for each
 * other's locks. With one stream that is their own order. Rejects with the first failure; the others that run are waited for.
 */
export async function runInOrder(
  objects: readonly DefinedObject[],
  streams: number,
  run: (object: DefinedObject) => Promise<void>,
): Promise<void> {
  const pending = new Set(objects.map(objectKey));
  const waiting = [...objects];
  const busyTables = new Set<number>();
  const running = new Set<Promise<void>>();
  const start = (object: DefinedObject): void => {
    if (object.table !== undefined) busyTables.add(object.table);
    const work = run(object).then(() => {
      pending.delete(objectKey(object));
      if (object.table !== undefined) busyTables.delete(object.table);
      running.delete(work);
    });
    running.add(work);
  };
  const isReady = (object: DefinedObject) =>
    (object.table === undefined || !busyTables.has(object.table)) &&
    !(object.needs ?? []).some(
      (need) => pending.has(need) && need !== objectKey(object),
    );
  try {
    while (waiting.length > 0 || running.size > 0) {
      for (
        let next = waiting.findIndex(isReady);
        next !== -1 && running.size < streams;
        next = waiting.findIndex(isReady)
      ) {
        start(waiting.splice(next, 1)[0] as DefinedObject);
      }
      // Needs that wait for each other would have stopped the reading of the definitions; their order is the way out.
      if (running.size === 0) start(waiting.shift() as DefinedObject);
      await Promise.race(running);
    }
  } finally {
    await Promise.allSettled(running);
  }
}

function objectKey(object: DefinedObject): string {
  return `${object.kind} ${object.id}`;
}
