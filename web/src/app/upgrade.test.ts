// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { isMissingPart, reloadAfterUpgrade, reloadNow, reloadOnceAnswered } from "./upgrade";

let answer: () => Promise<Response>;
let at = 1_000_000;
const reload = vi.fn();

beforeEach(() => { sessionStorage.clear(); });
afterEach(() => { reload.mockClear(); at += 1_000_000; });

reloadAfterUpgrade({ fetch: () => answer(), reload, now: () => at });

/** A part of the page can't be fetched; whether whoever wanted it is told so. */
async function partFails(): Promise<boolean> {
  const error = new TypeError("Failed to fetch dynamically imported module: /assets/x.js");
  const event = Object.assign(new Event("vite:preloadError", { cancelable: true }), { payload: error });
  window.dispatchEvent(event);
  await new Promise((resolve) => { setTimeout(resolve); });
  return !event.defaultPrevented && isMissingPart(error);
}

test("a page whose parts are gone is loaded anew, once a minute", async () => {
  answer = () => Promise.resolve(new Response("ok"));
  expect(await partFails()).toBe(true);
  expect(reload).toHaveBeenCalledTimes(1);
  at += 59_000;
  await partFails();
  expect(reload).toHaveBeenCalledTimes(1);
  at += 2_000;
  await partFails();
  expect(reload).toHaveBeenCalledTimes(2);
});

test.each([
  ["no line", () => Promise.reject(new TypeError("Failed to fetch"))],
  ["a server that starts", () => Promise.resolve(new Response("", { status: 503 }))],
])("a page stays as it is: %s", async (_, asked: () => Promise<Response>) => {
  answer = asked;
  expect(await partFails()).toBe(true);
  expect(reload).not.toHaveBeenCalled();
});

test("what is waited for is loaded as soon as the server answers, and by hand at once", async () => {
  vi.useFakeTimers();
  answer = () => Promise.reject(new TypeError("Failed to fetch"));
  const surroundings = { fetch: () => answer(), reload, now: () => at };
  const end = reloadOnceAnswered(surroundings);
  await vi.advanceTimersByTimeAsync(20_000);
  const before = [reload.mock.calls.length, await reloadNow(surroundings)];
  answer = () => Promise.resolve(new Response("ok"));
  await vi.advanceTimersByTimeAsync(5_000);
  const after = reload.mock.calls.length;
  await vi.advanceTimersByTimeAsync(20_000); // a part that is missing all the same: no more than once a minute
  const again = [reload.mock.calls.length, await reloadNow(surroundings), reload.mock.calls.length];
  end();
  vi.useRealTimers();

  expect([before, after, again]).toEqual([[0, false], 1, [1, true, 2]]);
});
