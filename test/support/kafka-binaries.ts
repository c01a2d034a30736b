import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where scripts/test-services.sh puts the jars. */
const LIBS = join(
  process.env["TIDEMARK_TEST_CACHE"] ??
    join(homedir(), ".cache", "tidemark-test"),
  "kafka-4.3.1",
  "libs",
);

export function hasKafka(): boolean {
  return existsSync(LIBS) && spawnSync("java", ["-version"]).status === 0;
}

/** Quick to start and small: brokers of tests live for seconds. */
const JVM = [
  ...["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms64m", "-Xmx384m"],
  "-Dlog4j2.level=WARN",
];

/** A main class of Kafka's; its output is collected, for when it fails. */
export function spawnKafka(
  main: string,
  args: readonly string[],
): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn("java", [...JVM, "-cp", join(LIBS, "*"), main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const add = (text: Buffer) => {
    said = (said + text.toString()).slice(-20_000);
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  return { child, said: () => said };
}
