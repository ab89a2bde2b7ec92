import { Offline, Unreadable, api, type Start } from "@/api";
import { cut } from "@/device/line";
import { showLanguage } from "@/i18n";
import { session, showTheme } from "@/session";

let starting: Promise<void> | null = null;

const PATIENCE_MS = 6_000;

/** The server's answer; where there is none, what is kept of the one before. */
async function startAnswer(): Promise<Start> {
  const served = api.start();
  served.catch(() => undefined); // it may fail after what is kept was shown
  try {
    return (await Promise.race([served, nothingAfter(PATIENCE_MS)])) ?? (await kept()) ?? (await served);
  } catch (error) {
    const stored = error instanceof Offline || (error instanceof Unreadable && error.status >= 502) ? await kept() : null;
    if (!stored) throw error;
    return stored;
  }
}

async function kept(): Promise<Start | null> {
  const found = await import("@/offline/start").then(({ keptStart }) => keptStart()).catch(() => null); // a browser that keeps nothing
  cut.isFromStart.set(found !== null);
  return found;
}

const nothingAfter = (ms: number): Promise<null> => new Promise((resolve) => { setTimeout(resolve, ms, null); });

async function start(): Promise<void> {
  const answer = await startAnswer();
  if (answer.user) showTheme(answer.user.theme);
  await showLanguage(answer.user?.language ?? null);
  session.started(answer);
}

/** Ask the server once who we are; a failed try may be repeated. */
export function begin(): Promise<void> {
  starting ??= start().catch((error: unknown) => {
    starting = null;
    throw error;
  });
  return starting;
}
