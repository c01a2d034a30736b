import type { Random } from "../random.ts";

/** One statement over rows of several tables, or over a range of them in an order. */
export function planJoined(keys: number, random: Random): string {
  const id = random.integer(1, Math.min(15, keys));
  const other = random.integer(1, keys);
  const amount = random.integer(1, 99);
  return random.pick([
    `UPDATE oracle.orders o JOIN oracle.accounts a ON a.id = o.account SET o.note = 'joined ${amount}', a.balance = a.balance + ${amount} WHERE a.id = ${id}`,
    `UPDATE oracle.rates r, oracle.hashed h SET r.label = h.label, h.label = r.label WHERE h.id = ${other} AND r.rate < h.id`,
    `DELETE o, l FROM oracle.orders o LEFT JOIN oracle.order_lines l ON l.order_id = o.id WHERE o.id = ${id}`,
    `DELETE k FROM oracle.keyless k JOIN oracle.keyless_computed c ON c.size = k.size WHERE k.colour = 'green' AND k.body IS NULL`,
    `INSERT INTO oracle.keyless (colour, size, ratio) SELECT colour, size, 0.5 FROM oracle.keyless_computed LIMIT 3`,
    `INSERT INTO oracle.order_lines (order_id, line, product, price) SELECT id, 1, note, account FROM oracle.orders WHERE id <= ${other} ON DUPLICATE KEY UPDATE price = price + 0.1, product = VALUES(product)`,
    `REPLACE INTO oracle.hashed (id, label) SELECT id, LEFT(name, 9) FROM oracle.accounts WHERE id BETWEEN ${id} AND ${id + 5}`,
    `UPDATE oracle.hashed SET id = id + 1 WHERE id BETWEEN ${other} AND ${other + 7} ORDER BY id DESC`,
    `UPDATE oracle.by_code SET id = id + 1 WHERE id BETWEEN ${other} AND ${other + 40} ORDER BY id DESC`,
    `UPDATE oracle.slugs SET slug = ${random.pick(["UPPER", "LOWER"])}(slug) WHERE hits > ${random.integer(0, 8)}`,
    `DELETE FROM oracle.unique_only WHERE part > 1 ORDER BY number LIMIT ${random.integer(1, 5)}`,
    `UPDATE oracle.measurements SET day = day + INTERVAL ${amount} DAY WHERE region = 'eu' AND id = ${random.integer(1, 9)} ORDER BY day DESC LIMIT 2`,
    `UPDATE oracle.rich SET balance = balance - ${amount} WHERE id = ${id}`,
    `CALL oracle.move(${id}, ${other}, ${amount}.25)`,
  ]);
}
