import { api } from "@/api";
import { showLanguage } from "@/i18n";
import { session, showTheme } from "@/session";

let starting: Promise<void> | null = null;

async function start(): Promise<void> {
  const answer = await api.start();
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
