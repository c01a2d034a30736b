/** What a user asks of a transaction's contexts: `name=value` of a JSON context, or any text in it. */
export function contextFilter(
  text: string,
): (body: string | Readonly<Record<string, unknown>>) => boolean {
  const equals = text.indexOf("=");
  const name = text.slice(0, Math.max(equals, 0));
  const value = text.slice(equals + 1);
  return (body) => {
    if (typeof body === "string") return body.includes(text);
    if (equals > 0 && Object.hasOwn(body, name))
      return scalarText(body[name]) === value;
    return JSON.stringify(body).includes(text);
  };
}

function scalarText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
