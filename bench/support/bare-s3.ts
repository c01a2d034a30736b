import { readFile } from "node:fs/promises";
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from "@aws-sdk/client-s3";

const PART_BYTES = 8 * 1024 * 1024;

export interface BarePlace {
  readonly client: S3Client;
  readonly bucket: string;
}

/** Nothing but the SDK: no hash of the file, no condition, no second try but the SDK's own. */
export async function putBare(
  { client, bucket }: BarePlace,
  object: { readonly key: string; readonly body: Uint8Array },
): Promise<void> {
  await client.send(
    new PutObjectCommand({
      ...{ Bucket: bucket, Key: object.key, Body: object.body },
    }),
  );
}

export async function putBareFile(
  place: BarePlace,
  object: { readonly key: string; readonly path: string },
): Promise<void> {
  const body = await readFile(object.path);
  await putBare(place, { key: object.key, body });
}

/** The same file in parts that go side by side, as the SDK's users send large ones. */
export async function putBareParts(
  { client, bucket }: BarePlace,
  object: { readonly key: string; readonly path: string },
): Promise<void> {
  const at = { Bucket: bucket, Key: object.key };
  const body = await readFile(object.path);
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...at, ChecksumAlgorithm: "CRC32" }),
  );
  const count = Math.ceil(body.length / PART_BYTES);
  const parts = await Promise.all(
    Array.from({ length: count }, async (_, part) => {
      const bytes = body.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
      const { ETag, ChecksumCRC32 } = await client.send(
        new UploadPartCommand({
          ...{ ...at, UploadId, PartNumber: part + 1, Body: bytes },
          ChecksumAlgorithm: "CRC32",
        }),
      );
      return { PartNumber: part + 1, ETag, ChecksumCRC32 };
    }),
  );
  await client.send(
    new CompleteMultipartUploadCommand({
      ...{ ...at, UploadId, MultipartUpload: { Parts: parts } },
    }),
  );
}
