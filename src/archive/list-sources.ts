import { isSourceName, type SourceName } from "../core/source-name.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { basesPrefix, catalogPrefix, segmentsPrefix } from "./keys.ts";

export interface StoredSource {
  readonly source: SourceName;
  /** Without one, objects lie there that nothing explains. */
  readonly hasCatalog: boolean;
}

/**
 * Every name under which a store holds an archive's objects, in byte order: two requests for each, and two more where there is no
 * catalog. Whatever else lies there, as around an archive whose folder was named too short, is nobody's archive and no damage.
 */
export async function listSources(
  store: ObjectStore,
  signal: AbortSignal,
): Promise<StoredSource[]> {
  const found: StoredSource[] = [];
  let after: string | undefined;
  for (;;) {
    const key = await firstKey(store, { prefix: "", after }, signal);
    if (key === undefined) return found;
    const [name = ""] = key.split("/");
    // The byte after "/": beyond all of this name's keys, and before those of names that only begin with it.
    after = key.includes("/") ? `${name}0` : key;
    if (!isSourceName(name)) continue;
    const holds = async (prefix: string) =>
      (await firstKey(store, { prefix, after: undefined }, signal)) !==
      undefined;
    const hasCatalog = await holds(catalogPrefix(name));
    if (
      hasCatalog ||
      (await holds(segmentsPrefix(name))) ||
      (await holds(basesPrefix(name)))
    ) {
      found.push({ source: name, hasCatalog });
    }
  }
}

async function firstKey(
  store: ObjectStore,
  {
    prefix,
    after,
  }: { readonly prefix: string; readonly after: string | undefined },
  signal: AbortSignal,
): Promise<string | undefined> {
  for await (const { key } of store.list(prefix, after, signal)) return key;
  return undefined;
}
