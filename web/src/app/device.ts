/** The page as a program of this device: service worker, installing, and what goes when a login ends. */
import { idbNames } from "@/device/idb";
import { forgetOthersKept } from "@/device/kept-names";
import { isStandalone } from "@/device/standalone";
import { changeWishes, readWishes } from "@/device/wishes";
import { lookForInstall } from "@/device/install";
import { startWorker } from "@/device/worker";
import { session } from "@/session";
import { ourPath } from "./next";
import { router } from "./router";

const REST_MS = 2_000;

/** Called once, when the page begins. */
export function attendDevice(): void {
  lookForInstall();
  let known: string | null | undefined;
  const follow = (): void => {
    const state = session.get();
    const user = state?.user?.id ?? null;
    if (!state || user === known) return;
    known = user;
    void forgetOthers(user);
    if (user) keepIfInstalled(user);
  };
  session.subscribe(follow);
  follow();
  if (import.meta.env.PROD) setTimeout(() => { startWorker(open); }, REST_MS);
}

/** Nothing of anybody but the person who is logged in stays on this device. */
async function forgetOthers(user: string | null): Promise<void> {
  const names = await idbNames().catch(() => []); // a browser that keeps nothing
  if (names.length === 0) return;
  await forgetOthersKept(user).catch(() => undefined);
  const { endNoticesOfOthers } = await import("@/device/notices");
  await endNoticesOfOthers(user).catch(() => undefined);
}

/** Who has installed the page has made the device theirs: mail is kept until they say otherwise. */
function keepIfInstalled(user: string): void {
  if (isStandalone() && readWishes(user).keepsMail === null) changeWishes(user, { keepsMail: true });
}

function open(path: string): void {
  const href = ourPath(path, window.location.origin);
  if (href) void router.navigate({ href });
}
