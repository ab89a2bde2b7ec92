import type { MessageDescriptor } from "@lingui/core";
import { msg, plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { useDates } from "@/i18n";
import { MethodFailed, Offline } from "@/jmap";
import type { SyncState } from "@/jmap";
import type { AccountStatus, AccountStore, AssignedMailbox, Line, ListStatus, MergedPart } from "@/store";
import type { StateTone } from "@/ui";
import { Button, StateDot } from "@/ui";
import { syncWords } from "../folders/syncWords";
import { useSignal } from "../state/hooks";
import { isNarrowed, useEach } from "./parts";
import type { AllView } from "./useAllView";

/** What keeps a mailbox from being wholly in the list. */
interface Note {
  readonly id: string;
  /** Which mailbox it is about. */
  readonly mailbox: string;
  readonly name: string;
  readonly tone: StateTone;
  readonly text: MessageDescriptor;
  /** Null: the remedy is in the mailbox itself. */
  readonly retry: (() => void) | null;
}

const MOST_SHOWN = 2;

/** Which mailboxes are not wholly here, and why: a line each. They keep nothing from the others. */
export function AllNotes({ all }: { readonly all: AllView }) {
  const { t, i18n } = useLingui();
  const [isWhole, setWhole] = useState(false);
  const notes = useNotes(all);
  if (notes.length === 0) return null;
  const shown = isWhole || notes.length <= MOST_SHOWN + 1 ? notes : notes.slice(0, MOST_SHOWN);
  const left = notes.length - shown.length;
  return (
    <div role="status" className="shrink-0 border-b border-border bg-info-surface text-fine">
      <ul aria-label={t`Mailboxes that are not complete here`}>
        {shown.map(({ id, mailbox, name, tone, text, retry }) => (
          <li key={id} className="flex min-h-8 items-center gap-2 pr-1 pl-3">
            <span className="min-w-0 grow py-1">
              <StateDot tone={tone}><bdi className="font-medium">{name}</bdi>: {i18n._(text)}</StateDot>
            </span>
            <Button variant="ghost" className="min-h-7 shrink-0 text-list" onClick={retry ?? (() => { all.openMailbox(mailbox); })}>
              {retry ? t`Try again` : t`Open`}<span className="sr-only"> {name}</span>
            </Button>
          </li>
        ))}
        {left > 0 && (
          <li className="pl-1"><Button variant="ghost" className="min-h-7 text-accent" onClick={() => { setWhole(true); }}>{plural(left, { one: "# more mailbox", other: "# more mailboxes" })}</Button></li>
        )}
      </ul>
    </div>
  );
}

function useNotes({ parts, accounts, waiting, list, view }: AllView): readonly Note[] {
  const { clock, count } = useDates();
  const line = useSignal(view.store.line);
  const syncs = useEach(accounts, subscribeSync, readSync);
  const states = useEach(accounts, subscribeStatus, readStatus);
  const lists = useEach(list?.parts ?? NO_PARTS, subscribeList, readList);
  const facts = { line, clock, count };
  const here = parts.flatMap(({ account, mailbox, mark: { name } }, at): readonly Note[] => {
    const id = mailbox.id;
    const listed = list?.parts.findIndex((part) => part.account === account) ?? -1;
    const failure = [lists[listed], states[at]].find((state) => state?.kind === "failed");
    const retry = (): void => { void account.refresh(); void list?.parts[listed]?.list.refresh(); };
    if (failure?.kind === "failed" && !(failure.error instanceof Offline && line === "offline" && account.mailboxes.size > 0)) {
      const isEnded = failure.error instanceof MethodFailed && /^(?:accountNotFound|forbidden)$/u.test(failure.error.type);
      return [{ id, mailbox: id, name, tone: "bad", text: isEnded ? msg`Your access has ended.` : msg`Can’t be loaded at the moment.`, retry: isEnded ? null : retry }];
    }
    const told = stateOf(mailbox, syncs[at] ?? null, view.search !== null, facts);
    return told ? [{ id, mailbox: id, name, ...told, retry: null }] : [];
  });
  const nothingYet = waiting.map((mailbox): Note => ({
    id: mailbox.id, mailbox: mailbox.id, name: mailbox.name || mailbox.address, tone: "waiting", text: msg`Somebody has to sign in at Microsoft first.`, retry: null,
  }));
  const narrowed = parts.filter(({ mailbox }) => isNarrowed(mailbox)).map(({ mailbox, mark }): Note => ({
    id: `vip ${mailbox.id}`, mailbox: mailbox.id, name: mark.name, tone: "off", text: msg`VIP: only mail of the time when you were assigned is shown here.`, retry: null,
  }));
  return [...here, ...nothingYet, ...narrowed];
}

interface Facts {
  readonly line: Line;
  readonly clock: (instant: string) => string;
  readonly count: (value: number) => string;
}

/** What the synchronisation has to say for itself; null where all is well, and without a line, which the page's head tells of. */
function stateOf(mailbox: AssignedMailbox, sync: SyncState | null, isSearching: boolean, { line, clock, count }: Facts): Pick<Note, "tone" | "text"> | null {
  if (line === "offline" || mailbox.type === "local") return null;
  if (isSearching && sync && (sync.phase === "first" || sync.toIndex > 0)) return { tone: "waiting", text: msg`Not everything can be found yet.` };
  const { tone, text } = syncWords({ sync, mailbox, line, clock, count, pause: null });
  return tone === "good" ? null : { tone, text };
}

const NO_PARTS: readonly MergedPart[] = [];
const subscribeSync = ({ sync }: AccountStore, listener: () => void): (() => void) => sync.subscribe(listener);
const readSync = ({ sync }: AccountStore): SyncState | null => sync.get();
const subscribeStatus = ({ status }: AccountStore, listener: () => void): (() => void) => status.subscribe(listener);
const readStatus = ({ status }: AccountStore): AccountStatus => status.get();
const subscribeList = ({ list }: MergedPart, listener: () => void): (() => void) => list.status.subscribe(listener);
const readList = ({ list }: MergedPart): ListStatus => list.status.get();
