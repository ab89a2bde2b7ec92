/**
 * The way to the server, with what is kept standing in while there is none.
 *
 *     reading ──line known to be cut──────────> kept ──not kept──> server
 *        └────────otherwise──> server ──no answer──> kept ──not kept──> Offline
 *     changing anything, looking what became of it ──> server, always
 */
import { Offline, SESSION_URL } from "@/jmap";
import type { Transport } from "@/jmap";
import type { Invocation } from "./answers";
import type { Kept } from "./kept";

export interface OfflineOptions {
  readonly transport: Transport;
  /** What is kept of the person; null: nothing. */
  readonly kept: () => Pick<Kept, "person" | "account" | "rows" | "body"> | null;
  /** The line is known to be cut: waiting for it would only take time. */
  readonly isCut: () => boolean;
  /** The server has answered. */
  readonly onAnswer: () => void;
}

export function withKept({ transport, kept, isCut, onAnswer }: OfflineOptions): Transport {
  const ask: Transport = async (url, body, method, asking) => {
    const answer = await transport(url, body, method, asking);
    onAnswer();
    return answer;
  };
  return async (url, body, method, asking) => {
    if (asking?.isFresh) return ask(url, body, method, asking);
    const stored = async (): Promise<unknown> => {
      const from = kept();
      return from ? keptAnswer(from, url, body, method).catch(() => undefined) : undefined; // a storage that fails keeps nothing
    };
    const early = isCut() ? await stored() : undefined;
    if (early !== undefined && !lacks(early)) return early;
    try {
      return await ask(url, body, method, asking);
    } catch (error) {
      const late = error instanceof Offline ? await stored() : undefined;
      if (late === undefined) throw error;
      return late;
    }
  };
}

async function keptAnswer(kept: NonNullable<ReturnType<OfflineOptions["kept"]>>, url: string, body: unknown, method?: string): Promise<unknown> {
  const person = await kept.person();
  if (!person) return undefined;
  if (body === undefined && (method === undefined || method === "GET")) {
    return { [SESSION_URL]: person.session, "/api/mailboxes": person.assigned, "/api/favourites": person.favourites }[url];
  }
  const calls = url === person.session.apiUrl ? (body as { methodCalls?: readonly Invocation[] }).methodCalls : undefined;
  if (!calls?.every(([name]) => isReading(name))) return undefined;
  const { answerCalls } = await import("./answers"); // only a page without the server needs it
  return { methodResponses: await answerCalls(kept, calls), sessionState: person.session.state };
}

/** Whether a part of what was asked for is not kept: the server may have it after all. */
function lacks(answer: unknown): boolean {
  const { methodResponses } = answer as { readonly methodResponses?: readonly Invocation[] };
  return methodResponses?.some(([name]) => name === "error") ?? false;
}

function isReading(name: string): boolean {
  return /\/(?:get|changes|query|queryChanges)$/u.test(name);
}
