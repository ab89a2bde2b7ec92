import { expect, test } from "vitest";
import type { PictureSender } from "@/api";
import { PictureSenders, isAllowed } from "./pictureSenders";

const sender = (address: string): PictureSender => ({ address, allowed_at: "2026-09-01T08:00:00Z" });

/** A server that answers when it is told to. */
function slowServer() {
  const asked: { readonly answer: (all: readonly PictureSender[]) => void; readonly fail: (cause: Error) => void }[] = [];
  const ask = () => new Promise<readonly PictureSender[]>((answer, fail) => { asked.push({ answer, fail }); });
  return { asked, server: { pictureSenders: ask, choosePictures: ask } };
}

test("senders are asked for once, again after a minute, and again after a failure", async () => {
  const { asked, server } = slowServer();
  let now = 0;
  const senders = new PictureSenders(server, () => now);
  const failed = senders.load();
  asked[0]?.fail(new Error("offline"));
  await expect(failed).rejects.toThrow("offline");
  const first = [senders.load(), senders.load()];
  asked[1]?.answer([sender("news@shop.example")]);
  await Promise.all(first);
  now = 59_000;
  await senders.load();
  const before = asked.length;
  now = 61_000;
  void senders.load();

  expect([before, asked.length, senders.all.get()?.length]).toEqual([2, 3, 1]);
  expect([isAllowed(senders.all.get(), "News@Shop.example"), isAllowed(senders.all.get(), "shop.example"), isAllowed(null, "a@b.c")]).toEqual([true, false, false]);
});

test("a choice stands, whatever an older answer says, and goes with the login", async () => {
  const { asked, server } = slowServer();
  const senders = new PictureSenders(server, () => 0);
  const loading = senders.load();
  const chosen = senders.choose("a@b.example", true);
  asked[1]?.answer([sender("a@b.example")]);
  await chosen;
  asked[0]?.answer([]);
  await loading;
  const kept = senders.all.get();
  senders.forget();

  expect([kept, senders.all.get()]).toEqual([[sender("a@b.example")], null]);
});
