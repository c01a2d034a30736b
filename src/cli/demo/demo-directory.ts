import { chmod, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { TidemarkError } from "../../core/errors.ts";
import { openWorkFolder } from "../../platform/work-folder.ts";

export interface DemoDirectory extends AsyncDisposable {
  readonly path: string;
}

/** Where everything of the demo is; gone with its scope unless it is to be kept. Throws PREFLIGHT for one that is in use. */
export async function openDemoDirectory(options: {
  /** Made when missing; otherwise empty. */
  readonly directory?: string;
  readonly keep: boolean;
}): Promise<DemoDirectory> {
  const { keep } = options;
  if (options.directory === undefined) return openTemporary(keep);
  const path = resolve(options.directory);
  const made = await mkdir(path, { recursive: true, mode: 0o711 });
  if ((await readdir(path)).length > 0) {
    throw new TidemarkError("PREFLIGHT", `${path} is not empty`, {
      hint: "name a directory that does not exist yet",
    });
  }
  return owned(path, async () => {
    if (keep) return;
    if (made !== undefined) return removeAll(made);
    // Somebody else's directory stays; what is in it now is ours.
    for (const name of await readdir(path)) await removeAll(join(path, name));
  });
}

/** One that is not to be kept is a working folder: when this process is killed, the next command removes it. */
async function openTemporary(keep: boolean): Promise<DemoDirectory> {
  const opened = keep
    ? owned(await mkdtemp(join(tmpdir(), "tidemark-demo-")), async () => {})
    : await openWorkFolder();
  // As root the server runs as nobody, who has to come to its data below; what is secret there is closed by itself.
  await chmod(opened.path, 0o711);
  return opened;
}

function owned(path: string, remove: () => Promise<void>): DemoDirectory {
  return { path, [Symbol.asyncDispose]: remove };
}

function removeAll(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 3 });
}
