import type { KeyPath, YamlFile } from "./yaml-file.ts";

/** Keys that later versions have, with what this one does instead. `*` stands for any name. */
const LATER_KEYS: readonly {
  readonly path: string;
  readonly instead: string;
}[] = [
  { path: "sources.*.retention", instead: "this version deletes nothing" },
  {
    path: "sources.*.walBudget",
    instead: "set max_slot_wal_keep_size on the server",
  },
  {
    path: "sources.*.onWalBudget",
    instead: "set max_slot_wal_keep_size on the server",
  },
  {
    path: "sources.*.acknowledge",
    instead: "the source may release what the archive has",
  },
  { path: "sources.*.maxRow", instead: "it is 256 MiB" },
  { path: "sources.*.drill", instead: "run `restore` on your own schedule" },
  { path: "sources.*.verify", instead: "run `verify` on your own schedule" },
  { path: "journal.budget", instead: "watch the disk under the journal" },
  { path: "archive.1", instead: "there is one archive" },
  { path: "encryption", instead: "encrypt the disk under the archive" },
  { path: "notify", instead: "watch /metrics and /readyz" },
  { path: "retention", instead: "this version deletes nothing" },
  { path: "walBudget", instead: "set max_slot_wal_keep_size on the server" },
  { path: "journalBudget", instead: "watch the disk under the journal" },
  {
    path: "acknowledge",
    instead: "the source may release what the archive has",
  },
  { path: "shutdownTimeout", instead: "it is 25 s" },
  { path: "standbys", instead: "run `restore` again" },
  { path: "publish", instead: "read the archive" },
];

export interface LaterKey {
  readonly path: KeyPath;
  readonly instead: string;
}

/** Every key of the file that a later version has, in the order of the file. */
export function findLaterKeys(file: YamlFile): readonly LaterKey[] {
  const found: LaterKey[] = [];
  for (const path of file.paths()) {
    const later = LATER_KEYS.find((key) => fits(key.path.split("."), path));
    if (later !== undefined) found.push({ path, instead: later.instead });
  }
  return found;
}

function fits(pattern: readonly string[], path: KeyPath): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((part, i) => part === "*" || part === String(path[i]))
  );
}
