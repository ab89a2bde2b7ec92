import { beforeEach, describe, expect, test } from "vitest";
import { Offline } from "@/jmap";
import type { AccountId, Mailbox } from "@/jmap";
import type { Favourite } from "@/store";
import { Favourites, FolderBook, isSame } from "@/store";

const of = (folder: string, account = "a1"): Favourite => ({ account, folder });
const [inbox, objects, sent] = [of("f1"), of("f2"), of("f3", "a2")];

let server: Favourite[];
let isOffline: boolean;
let favourites: Favourites;

beforeEach(async () => {
  server = [inbox, objects];
  isOffline = false;
  favourites = new Favourites(async (url, body, method) => {
    await Promise.resolve();
    if (isOffline) throw new Offline("no line");
    const [, , , account, folder] = url.split("/");
    if (method === "DELETE") server = server.filter((each) => !isSame(each, of(folder ?? "", account)));
    if (method === "PUT") {
      const { before } = body as { before: Favourite | null };
      server = server.filter((each) => !isSame(each, of(folder ?? "", account)));
      const at = before ? server.findIndex((each) => isSame(each, before)) : server.length;
      server = server.toSpliced(at, 0, of(folder ?? "", account));
    }
    return { favourites: server };
  });
  await favourites.load();
});

describe("favourites", () => {
  test("stand where they are put at once, and as the server says in the end", async () => {
    const done = [favourites.put(sent, inbox), favourites.put(inbox, null), favourites.remove(objects)];
    expect(favourites.all.get()).toEqual([sent, inbox]);
    await Promise.all(done);
    expect(favourites.all.get()).toEqual(server);
    expect(server).toEqual([sent, inbox]);
  });

  test("stay as they were when the server can't be told", async () => {
    isOffline = true;
    await expect(favourites.remove(inbox)).rejects.toThrow(Offline);
    expect(favourites.all.get()).toEqual([inbox, objects]);
  });
});

describe("the folders of mailboxes that are not open", () => {
  test("are asked for once, again when they change, and go with the mailbox", async () => {
    const asked: string[] = [];
    const book = new FolderBook((id) => { asked.push(id); return Promise.resolve([{ id: "f1", name: `of ${id}` } as unknown as Mailbox]); });
    const ids = ["a1", "a2"] as AccountId[];
    book.need(ids);
    book.need(ids);
    book.changed("a2" as AccountId);
    book.changed("a3" as AccountId);
    await Promise.resolve();
    await Promise.resolve();
    expect(asked).toEqual(["a1", "a2", "a2"]);
    expect(book.folders.get().get("a1")?.[0]?.name).toBe("of a1");

    book.keepOnly(new Set(["a2"]));
    expect([...book.folders.get().keys()]).toEqual(["a2"]);
  });
});
