/** Of `enum('a','b''c')` or `set(…)` as information_schema prints it: quotes doubled, a backslash as it is. */
export function parseLabels(type: string): readonly string[] {
  return [...type.matchAll(/'((?:[^']|'')*)'/g)].map(([, label = ""]) =>
    label.replaceAll("''", "'"),
  );
}
