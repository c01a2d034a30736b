import type { S3Client, StorageClass } from "@aws-sdk/client-s3";

/** Where the objects of one store are, and how patient it is. */
export interface S3Place {
  readonly client: S3Client;
  readonly bucket: string;
  /** Empty, or ends in `/`. */
  readonly prefix: string;
  /** `s3://bucket/prefix`, for people. */
  readonly url: string;
  readonly storageClass: StorageClass | undefined;
  readonly patience: Patience;
}

export interface Patience {
  /** A connection must stand within this. */
  readonly connectMs: number;
  /** A connection on which nothing moves for so long is dead. */
  readonly idleMs: number;
  /** The answer to one request must begin within this; a part of 8 MiB goes out in it at 0.6 Mbit/s. */
  readonly answerMs: number;
  /** How often something is asked that could not be answered, */
  readonly tries: number;
  /** and how long: after this it is not asked again, so that whoever waits hears that the service is away. */
  readonly giveUpMs: number;
  /** Before the second try; doubled with each. */
  readonly retryDelayMs: number;
}

export const PATIENCE: Patience = {
  connectMs: 5000,
  idleMs: 30_000,
  answerMs: 120_000,
  tries: 6,
  giveUpMs: 60_000,
  retryDelayMs: 100,
};

/** What names an object to the service. */
export function objectAt(
  place: S3Place,
  key: string,
): { readonly Bucket: string; readonly Key: string } {
  return { Bucket: place.bucket, Key: place.prefix + key };
}
