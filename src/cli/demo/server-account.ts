import { chown, mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { TidemarkError } from "../../core/errors.ts";

/** Who a server process runs as; undefined: as whoever we are. */
export type ServerAccount =
  { readonly uid: number; readonly gid: number } | undefined;

/** Postgres refuses to run as root; "nobody" exists everywhere as a number, and no user has to be created. */
const NOBODY = 65534;

export function serverAccount(): ServerAccount {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;
}

/** Makes a directory that only `account` can use; throws PREFLIGHT where it cannot come to it. */
export async function makeOwnedDirectory(
  directory: string,
  account: ServerAccount,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if (account === undefined) return;
  await chown(directory, account.uid, account.gid);
  const barrier = await unreachableParent(directory, account);
  if (barrier !== undefined) {
    throw new TidemarkError(
      "PREFLIGHT",
      `${barrier} is closed to uid ${account.uid}, as which the server would run in ${directory}`,
      {
        hint: "Postgres does not run as root: choose a directory that others may pass through, for example below /tmp, or start this as another user",
      },
    );
  }
}

/** The nearest parent of `path` that `account` may not pass through. */
export async function unreachableParent(
  path: string,
  account: ServerAccount,
): Promise<string | undefined> {
  if (account === undefined) return undefined;
  for (let parent = dirname(resolve(path)); ; parent = dirname(parent)) {
    const { mode, uid, gid } = await stat(parent);
    const bit =
      uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return parent;
    if (parent === dirname(parent)) return undefined;
  }
}
