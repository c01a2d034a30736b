import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, it } from "vitest";
import { spoolTable } from "../../src/base/table-spool.ts";
import { RowDigest } from "../../src/format/row-digest.ts";
import { missingService } from "../support/missing-service.ts";
import { smallDisk } from "../support/small-disk.ts";

it("a disk that is full under a base's working folder is said to be full", async ({
  skip,
}) => {
  await using disk = await smallDisk();
  if (disk === undefined)
    return missingService("a tmpfs", "run as root on Linux", skip);
  const rows = async function* () {
    for (let row = 0; row < 64; row++)
      yield await Promise.resolve(
        Buffer.from(`${randomBytes(48 * 1024).toString("base64")}\n`),
      );
  };
  const parts = spoolTable(rows(), {
    digest: new RowDigest(),
    pathOf: (part) => join(disk.path, `${part}.zst`),
  });
  await expect(Array.fromAsync(parts)).rejects.toMatchObject({
    code: "DISK_FULL",
    message: expect.stringContaining(disk.path) as string,
  });
});
