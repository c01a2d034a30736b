import { describeS3, openStoreOf } from "../support/describe-s3.ts";
import { describeObjectStore } from "./object-store.ts";

describeS3("versitygw", (s3) => {
  describeObjectStore("the S3 store", async () => {
    const bucket = await s3.server.makeBucket();
    const options = { bucket, prefix: "some/folder" };
    const store = await openStoreOf(s3.server, options);
    return {
      store,
      again: () => openStoreOf(s3.server, options),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  });
});
