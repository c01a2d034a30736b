import { TidemarkError } from "../../src/core/errors.ts";
import type { EncodedPart } from "../../src/core/journal-record.ts";
import type { Journal, JournalWriter } from "../../src/journal/journal.ts";
import { passes } from "../../src/services/source-state.ts";
import { orders, shapeRecord, startAt } from "./journal-samples.ts";
import { never } from "./never.ts";

/**
 * Writes transactions as capture does: what is durable decides where it goes on, and what passes by itself is tried again.
 * Gives how often it had to open a new writer.
 */
export async function captureAll(
  journal: Journal,
  sent: readonly (readonly EncodedPart[])[],
  after: (written: number) => Promise<void> | void = () => undefined,
): Promise<number> {
  const first = sent[0]?.[0]?.header.seq ?? 1;
  for (let opened = 1; ; opened++) {
    try {
      await using writer = await journal.openWriter(orders, never);
      await write(writer, { sent, first, after });
      return opened;
    } catch (error) {
      if (!(error instanceof TidemarkError) || !passes(error.code)) throw error;
      if (opened > 100) throw error;
    }
  }
}

async function write(
  writer: JournalWriter,
  plan: {
    readonly sent: readonly (readonly EncodedPart[])[];
    readonly first: number;
    readonly after: (written: number) => Promise<void> | void;
  },
): Promise<void> {
  if (writer.head === undefined)
    await writer.begin(startAt(plan.first - 1), never);
  const from = (writer.head?.seq ?? 0) - plan.first + 1;
  await writer.append([shapeRecord], never);
  for (let at = from; at < plan.sent.length; at++) {
    // Part by part, so that attempts are cut in two as well.
    for (const part of plan.sent[at] ?? []) await writer.append([part], never);
    await plan.after(at + 1);
  }
}
