/*
 * The items of a frame, `( u32 length · bytes )*`, little-endian: journal records, and first, in a start, where the history stands.
 * A frame is one record of the topic, or, where it is larger than the topic takes, several that follow each other.
 */

const LENGTH_BYTES = 4;

export function joinItems(items: readonly Uint8Array[]): Buffer {
  let size = 0;
  for (const item of items) size += LENGTH_BYTES + item.length;
  const body = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const item of items) {
    at = body.writeUInt32LE(item.length, at);
    body.set(item, at);
    at += item.length;
  }
  return body;
}

/** Views of the items. Throws RangeError when the bytes are not items to their end. */
export function splitItems(body: Buffer): Buffer[] {
  const items: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    if (at + LENGTH_BYTES > body.length) throw torn();
    const from = at + LENGTH_BYTES;
    const to = from + body.readUInt32LE(at);
    if (to > body.length) throw torn();
    items.push(body.subarray(from, to));
    at = to;
  }
  return items;
}

function torn(): RangeError {
  return new RangeError("its items go beyond its end");
}
