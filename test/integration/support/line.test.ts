import { expect, test } from "vitest";
import { openLine } from "../../support/line.ts";
import { listenLocally } from "../../support/listen-locally.ts";

async function openHere() {
  await using stack = new AsyncDisposableStack();
  const { endpoint } = stack.use(
    await listenLocally(async ({ outgoing }) => void outgoing.end("here")),
  );
  const to = Number(new URL(endpoint).port);
  const line = stack.use(await openLine({ to }));
  const kept = stack.move();
  const ask = async (url: string) => (await fetch(url)).text();
  return {
    line,
    ask: () => ask(`http://127.0.0.1:${line.port}`),
    askDirectly: () => ask(endpoint),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

test("a line that refuses is there again on the same port once it is mended", async () => {
  await using here = await openHere();
  expect(await here.ask()).toBe("here");
  await here.line.cut("refused");
  await expect(here.ask()).rejects.toThrow();
  await here.line.mend();
  expect(await here.ask()).toBe("here");
});

test("a line that is silent lets through what waited once it is mended", async () => {
  await using here = await openHere();
  // Over a connection that stood before, and over one that comes while it is cut.
  expect(await here.ask()).toBe("here");
  await here.line.cut("silent");
  let answered = 0;
  const asking = [here.ask(), here.ask()].map((answer) =>
    answer.finally(() => answered++),
  );
  for (let times = 0; times < 20; times++)
    expect(await here.askDirectly()).toBe("here");
  expect(answered).toBe(0);
  await here.line.mend();
  expect(await Promise.all(asking)).toEqual(["here", "here"]);
});
