import { Offline } from "@/jmap";
import type { DraftCreation } from "@/jmap";

interface Draft {
  readonly creation: DraftCreation;
  readonly blobs: readonly string[];
  /** Sent, by whoever: it lies among what was sent, under the same id or another one. */
  readonly isSent?: boolean;
  readonly isInTrash?: boolean;
}

/** A server that holds drafts as ours does: a draft's files go with it, and its answers may get lost. */
export class DraftServer {
  readonly drafts = new Map<string, Draft>();
  readonly blobs = new Set<string>();
  readonly submitted: string[] = [];
  lost = 0;
  /** How an answer gets lost. */
  loss: Error = new Offline("the answer was lost");
  isRefusing = false;
  /** What was submitted has gone. */
  isTooLate = false;
  /** Why it can't be taken back, where that is not because it has gone. */
  cancelRefusal: string | null = null;
  state = "pending";
  /** Files are not listed yet. */
  isListing = false;
  #found: readonly string[] = [];
  #count = 0;

  transport = (_: string, body?: unknown): Promise<unknown> => {
    const calls = (body as { methodCalls: [string, Record<string, unknown>, string][] }).methodCalls;
    const methodResponses = calls.map(([name, args, id]) => [name, this.#answer(name, args), id]);
    return this.lost-- > 0 ? Promise.reject(this.loss) : Promise.resolve({ methodResponses });
  };

  #answer(name: string, args: Record<string, unknown>): unknown {
    switch (name) {
      case "Email/set": return this.#set(args);
      case "Email/query": {
        const wanted = namesIn(args["filter"]);
        const ids = [...this.drafts].filter(([, { creation }]) => wanted.some((name) => creation.messageId[0]?.includes(name))).map(([id]) => id);
        this.#found = ids;
        return { ids: ids.toReversed() };
      }
      case "Email/get": {
        const ids = (args["ids"] as string[] | undefined) ?? this.#found;
        return { list: ids.flatMap((id) => this.#told(id)) };
      }
      case "EmailSubmission/set": {
        if (args["update"]) return this.#cancel();
        const { emailId } = (args["create"] as { sending: { emailId: string } }).sending;
        if (this.submitted.includes(emailId)) return { created: null, notCreated: { sending: { type: "sent_already" } } };
        this.submitted.push(emailId);
        return { created: { sending: { id: "s1", sendAt: "2026-11-27T10:00:10Z" } } };
      }
      case "EmailSubmission/query": {
        const { emailIds } = args["filter"] as { emailIds: string[] };
        return { ids: this.submitted.filter((id) => emailIds.includes(id)).map(() => "s1") };
      }
      case "EmailSubmission/get": return { list: this.submitted.map((emailId) => ({ id: "s1", emailId, undoStatus: "pending", sendAt: "2026-11-27T10:00:10Z", "poststelle:state": this.state })) };
      default: throw new Error(name);
    }
  }

  #cancel(): unknown {
    if (this.isTooLate) return { notUpdated: { s1: { type: "cannotUnsend" } } };
    if (this.cancelRefusal !== null) return { notUpdated: { s1: { type: this.cancelRefusal } } };
    this.submitted.length = 0;
    return { updated: { s1: null } };
  }

  /** Somebody else has changed it with another program: it has another id, and its files go with the old one. */
  edit(id: string, text: string): string {
    const { creation } = this.drafts.get(id) ?? {};
    if (!creation) throw new Error("no such draft");
    this.#set({ destroy: [id] });
    return this.#store({ ...creation, bodyValues: { html: { value: text } } });
  }

  /** Likewise sent; `keepsId`: under the same id. */
  send(id: string, keepsId = false): void {
    const draft = this.drafts.get(id);
    if (!draft) throw new Error("no such draft");
    if (!keepsId) this.#set({ destroy: [id] });
    this.drafts.set(keepsId ? id : `${id}s`, { ...draft, isSent: true });
  }

  /** Somebody copies it with another program, writes to somebody else, and perhaps sends that. */
  copy(id: string, isSent: boolean): void {
    const draft = this.drafts.get(id);
    if (!draft) throw new Error("no such draft");
    this.drafts.set(`${id}c`, { ...draft, isSent, creation: { ...draft.creation, subject: "Kopie", to: [{ name: null, email: "other@x.example" }] } });
  }

  /** Move it to the trash, or back. */
  trash(id: string, isInTrash = true): void {
    const draft = this.drafts.get(id);
    if (!draft) throw new Error("no such draft");
    this.drafts.set(id, { ...draft, isInTrash });
  }

  #told(id: string): readonly unknown[] {
    const draft = this.drafts.get(id);
    if (!draft) return [];
    const { creation, blobs, isSent, isInTrash } = draft;
    const attachments = creation.attachments.map(({ name, cid, type }, at) => ({ blobId: blobs[at], name, type, size: 10, cid: cid ?? null }));
    return [{
      ...creation, id, attachments, mailboxIds: { [isSent ? "f3" : isInTrash ? "f4" : "f2"]: true }, keywords: isSent ? {} : { $draft: true },
      receivedAt: "2026-11-27T10:00:00Z", sentAt: "2026-11-27T13:05:00Z", sender: null, preview: "", hasAttachment: attachments.length > 0,
      htmlBody: [{ partId: "html", type: "text/html" }], textBody: [], "poststelle:isComplete": !this.isListing, "poststelle:categories": [],
    }];
  }

  #set(args: Record<string, unknown>): unknown {
    const creation = (args["create"] as { draft?: DraftCreation } | undefined)?.draft;
    const isKnown = creation?.attachments.every(({ blobId }) => this.blobs.has(blobId ?? "")) ?? true;
    const destroyed = ((args["destroy"] ?? []) as string[]).filter((id) => this.drafts.has(id));
    for (const id of destroyed) {
      for (const blob of this.drafts.get(id)?.blobs ?? []) this.blobs.delete(blob);
      this.drafts.delete(id);
    }
    if (!creation) return { destroyed };
    if (creation["poststelle:answers"] === "gone") return { destroyed, notCreated: { draft: { type: "invalidProperties", properties: ["poststelle:answers"] } } };
    if (this.isRefusing || !isKnown) return { destroyed, notCreated: { draft: isKnown ? { type: "overQuota" } : { type: "blobNotFound", notFound: creation.attachments.map(({ blobId }) => blobId ?? "").filter((blob) => !this.blobs.has(blob)) } } };
    return { created: { draft: { id: this.#store(creation) } }, destroyed };
  }

  #store(creation: DraftCreation): string {
    const id = `m${String(++this.#count)}`;
    const blobs = creation.attachments.map((_, at) => `${id}-${String(at)}`);
    for (const blob of blobs) this.blobs.add(blob);
    this.drafts.set(id, { creation, blobs });
    return id;
  }
}

/** The values of all header conditions. */
function namesIn(filter: unknown): readonly string[] {
  const { header, conditions } = filter as { header?: [string, string]; conditions?: unknown[] };
  return header ? [header[1]] : (conditions ?? []).flatMap(namesIn);
}
