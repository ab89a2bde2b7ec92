/** Who used this page last, as it is kept: for opening it without the server. */
import type { Start } from "@/api/types";
import { idbNames } from "@/device/idb";
import { keptName } from "@/device/kept-names";
import { readWishes } from "@/device/wishes";
import { Kept } from "./kept";

/** What the server would answer to `GET /api/start`; null where nothing is kept, or it is not wished any more. */
export async function keptStart(): Promise<Start | null> {
  const prefix = keptName("");
  const users = (await idbNames()).filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const user = users.find((each) => readWishes(each).keepsMail === true);
  return user === undefined ? null : ((await new Kept(user).person())?.start ?? null);
}
