/**
 * The batching client: calls made in one tick travel in one POST.
 *
 * A call may refer to an earlier one's answer (`call.ref`); such calls always
 * share a request. Source: RFC 8620 §3.3-§3.7.
 */
import { JmapError, MethodFailed, Offline, RequestRefused } from "./errors";
import type { MethodName, Methods, ResultReference } from "./methods";
import type { Asking, Transport } from "./transport";
import { CORE, MAIL, POSTSTELLE, SUBMISSION } from "./types";

export interface Call<T> {
  /** Rejects with MethodFailed when this call failed, or with what broke the whole request. */
  readonly result: Promise<T>;
  /** Name a part of the answer, by JSON pointer, for a later call of the same tick. */
  ref(path: string): ResultReference;
}

export interface ClientOptions {
  readonly transport: Transport;
  readonly apiUrl: string;
  readonly maxCalls: number;
  /** Runs the flush at the end of the tick. */
  readonly schedule?: (flush: () => void) => void;
  /** Told the session state of every answer. */
  readonly onSessionState?: (state: string) => void;
}

interface Waiting {
  readonly id: string;
  readonly name: MethodName;
  readonly args: object;
  readonly isFresh: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

type Invocation = [name: string, args: Record<string, unknown>, id: string];

export class JmapClient {
  #queue: Waiting[] = [];
  #count = 0;
  readonly #options: Required<ClientOptions>;

  constructor(options: ClientOptions) {
    this.#options = { schedule: (flush) => { queueMicrotask(flush); }, onSessionState: () => undefined, ...options };
  }

  /** Put one call into this tick's request. Those that are `isFresh` travel in one of their own, and refer to each other only. */
  call<M extends MethodName>(name: M, args: Methods[M]["args"], { isFresh = false }: Asking = {}): Call<Methods[M]["result"]> {
    const id = `c${String(this.#count++)}`;
    const result = new Promise<Methods[M]["result"]>((resolve, reject) => {
      this.#enqueue({ id, name, args, isFresh, resolve: resolve as (value: unknown) => void, reject });
    });
    result.catch(() => undefined); // a call that only feeds another need not be awaited
    return { result, ref: (path) => ({ resultOf: id, name, path }) };
  }

  #enqueue(call: Waiting): void {
    this.#queue.push(call);
    if (this.#queue.length === 1) this.#options.schedule(() => { this.#flush(); });
  }

  #flush(): void {
    const calls = this.#queue;
    this.#queue = [];
    for (const isFresh of [false, true]) {
      const alike = calls.filter((call) => call.isFresh === isFresh);
      for (const request of packed(alike, this.#options.maxCalls)) void this.#send(request, { isFresh });
    }
  }

  async #send(calls: readonly Waiting[], asking: Asking): Promise<void> {
    try {
      const body = { using: [CORE, MAIL, SUBMISSION, POSTSTELLE], methodCalls: calls.map(invocation) };
      const answer = (await this.#options.transport(this.#options.apiUrl, body, "POST", asking)) as {
        methodResponses?: Invocation[]; sessionState?: string;
      };
      settle(calls, responses(answer.methodResponses));
      if (answer.sessionState) this.#options.onSessionState(answer.sessionState);
    } catch (error) {
      for (const call of calls) call.reject(error);
    }
  }
}

function responses(list: Invocation[] | undefined): ReadonlyMap<string, Invocation> {
  if (!Array.isArray(list)) throw new RequestRefused(200, "notJmap", "The answer is not JMAP");
  return new Map(list.map((each) => [each[2], each]));
}

function settle(calls: readonly Waiting[], answers: ReadonlyMap<string, Invocation>): void {
  for (const call of calls) {
    const answer = answers.get(call.id);
    if (!answer) call.reject(new JmapError(`${call.name}: no answer`));
    else if (answer[0] === "error") call.reject(methodError(call.name, answer[1]));
    else call.resolve(answer[1]);
  }
}

function methodError(name: string, body: Record<string, unknown>): JmapError {
  if (body["type"] === "offline") return new Offline("The server can't be reached"); // answered by what is kept here
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  return new MethodFailed(name, text(body.type) || "serverFail", text(body.description));
}

function invocation(call: Waiting): [string, object, string] {
  return [call.name, call.args, call.id];
}

/** Divide calls into requests of at most `max`, keeping those that refer to one another together. */
function packed(calls: readonly Waiting[], max: number): Waiting[][] {
  const requests: Waiting[][] = [];
  for (const group of groups(calls)) {
    const last = requests.at(-1);
    if (last && last.length + group.length <= max) last.push(...group);
    else requests.push([...group]);
  }
  return requests;
}

function groups(calls: readonly Waiting[]): Iterable<Waiting[]> {
  const byId = new Map<string, Waiting[]>();
  const all = new Set<Waiting[]>();
  for (const call of calls) {
    const home = referred(call.args).map((id) => byId.get(id)).find((each) => each !== undefined) ?? [];
    home.push(call);
    byId.set(call.id, home);
    all.add(home);
  }
  return all;
}

function referred(args: object): string[] {
  return Object.entries(args)
    .filter(([key]) => key.startsWith("#"))
    .map(([, reference]) => (reference as ResultReference).resultOf);
}
