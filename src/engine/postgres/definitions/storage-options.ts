import { quoteIdentifier, quoteLiteral } from "../quote.ts";

/** ` WITH (…)` from reloptions (`name=value`); the toast table's options have their prefix. */
export function withOptions(
  options: readonly string[] | null,
  toastOptions: readonly string[] | null = null,
): string {
  const all = [
    ...(options ?? []).map((option) => settingOf(option)),
    ...(toastOptions ?? []).map((option) => settingOf(option, "toast.")),
  ];
  return all.length === 0 ? "" : ` WITH (${all.join(", ")})`;
}

/** `"name" = 'value'`. */
export function settingOf(option: string, prefix = ""): string {
  const at = option.indexOf("=");
  const name = quoteIdentifier(option.slice(0, at));
  return `${prefix}${name} = ${quoteLiteral(option.slice(at + 1))}`;
}
