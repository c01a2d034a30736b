import { statfs } from "node:fs/promises";
import { TidemarkError } from "../../core/errors.ts";

/** NFS_SUPER_MAGIC of linux/magic.h. */
const NFS = 0x6969;

/** NFS has neither locks that end with the process nor a sync that can be relied on. Throws CONFIG. */
export async function refuseNetworkDisk(directory: string): Promise<void> {
  const { type } = await statfs(directory);
  refuseFileSystem(directory, type);
}

export function refuseFileSystem(directory: string, type: number): void {
  if (type !== NFS) return;
  throw new TidemarkError(
    "CONFIG",
    `the journal's directory ${directory} is on NFS`,
    {
      hint: "put the journal on a local disk; the archive may be anywhere",
      details: { directory },
    },
  );
}
