import { installFailpoint } from "../../src/platform/failpoints.ts";
import { openS3Store } from "../../src/storage/s3/s3-store.ts";
import { never } from "./never.ts";

/*
 * Creates a large object, and dies where it is told to; the login is the environment's.
 */

const [endpoint = "", bucket = "", place = "", size = "0"] =
  process.argv.slice(2);
installFailpoint((name) => {
  if (name === place) process.kill(process.pid, "SIGKILL");
});
await using store = await openS3Store({ endpoint, bucket });
const bytes = Buffer.alloc(Number(size), 7);
await store.create("a/large", { kind: "bytes", bytes }, never);
