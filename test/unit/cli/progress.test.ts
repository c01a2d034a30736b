import { expect, test } from "vitest";
import { startProgress } from "../../../src/cli/progress.ts";
import { StatusLine } from "../../../src/cli/status-line.ts";

function harness(isTTY: boolean) {
  const written: string[] = [];
  const time = { seconds: 0 };
  const status = new StatusLine({
    isTTY,
    columns: 100,
    write: (text) => written.push(text),
  });
  const clock = { now: () => BigInt(Math.round(time.seconds * 1e6)) };
  return { written, time, status, clock };
}

test("elsewhere than on a terminal, a line every few seconds with rate and time left", () => {
  const { written, time, status, clock } = harness(false);
  {
    using progress = startProgress(
      { label: "load orders", unit: "rows", total: 1_000_000 },
      { status, clock },
    );
    for (let i = 1; i <= 100; i++) {
      time.seconds = i / 10;
      progress.update(i * 5_000);
    }
  }
  expect(written).toEqual([
    "load orders  25 % · 250,000 rows of 1,000,000 rows · 50,000 rows/s · 15s left\n",
    "load orders  50 % · 500,000 rows of 1,000,000 rows · 50,000 rows/s · 10s left\n",
  ]);
});

test("short work leaves no trace", () => {
  const { written, status, clock } = harness(false);
  {
    using progress = startProgress(
      { label: "load", unit: "rows" },
      { status, clock },
    );
    progress.update(1);
  }
  expect(written).toEqual([]);
});

test("on a terminal, a bar that is redrawn and taken away", () => {
  const { written, time, status, clock } = harness(true);
  {
    using progress = startProgress(
      { label: "copy", unit: "bytes", total: 2048 },
      { status, clock },
    );
    time.seconds = 1;
    progress.update(1024);
    status.write("a log line\n");
  }
  expect(written.join("")).toBe(
    [
      "\r\u001b[2K████████████░░░░░░░░░░░░ copy  50 % · 1.0 KiB of 2.0 KiB · 1.0 KiB/s · 1.0s left",
      "\r\u001b[2Ka log line\n",
      "████████████░░░░░░░░░░░░ copy  50 % · 1.0 KiB of 2.0 KiB · 1.0 KiB/s · 1.0s left",
      "\r\u001b[2K",
    ].join(""),
  );
});

test("without a total there is a rate and no promise", () => {
  const { written, time, status, clock } = harness(false);
  using progress = startProgress(
    { label: "read", unit: "transactions" },
    { status, clock },
  );
  time.seconds = 10;
  progress.update(50);
  expect(written).toEqual(["read  50 transactions · 5 transactions/s\n"]);
});
