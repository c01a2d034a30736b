import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { UPLOAD_FAILPOINTS } from "../../src/storage/s3/upload-parts.ts";
import { runChild } from "../support/child-process.ts";
import { describeS3, openStoreOf } from "../support/describe-s3.ts";
import { never } from "../support/never.ts";

const SIZE = 17 * 1024 * 1024;

describeS3(
  "a process that dies while it creates a large object in S3",
  (s3) => {
    test.each(UPLOAD_FAILPOINTS)(
      "at %s leaves all of it or none, and never a half",
      async (place) => {
        const { server } = s3;
        const bucket = await server.makeBucket();
        await using store = await openStoreOf(server, { bucket });
        const { signal } = await runChild(
          ...(["s3-crash-child.ts", server.endpoint, bucket, place] as const),
          String(SIZE),
        );
        expect(signal).toBe("SIGKILL");
        const made = place === "s3.object-made";
        const found = await store.stat("a/large", never);
        expect(found?.sizeBytes).toBe(made ? SIZE : undefined);
        const listed = await Array.fromAsync(store.list("", undefined, never));
        expect(listed).toHaveLength(made ? 1 : 0);
        const client = server.client();
        const { Uploads: left = [] } = await client.send(
          new ListMultipartUploadsCommand({ Bucket: bucket }),
        );
        client.destroy();
        expect(left).toHaveLength(made ? 0 : 1);
        // What the next process does with the same key.
        const again = store.create(
          "a/large",
          { kind: "bytes", bytes: Buffer.alloc(SIZE, 8) },
          never,
        );
        if (made) {
          await expect(again).rejects.toMatchObject({ code: "OBJECT_EXISTS" });
        } else await again;
      },
    );
  },
);
