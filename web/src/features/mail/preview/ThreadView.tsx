import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ArrowDown, Ellipsis } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Email, EmailId, MailboxId } from "@/jmap";
import { MethodFailed } from "@/jmap";
import { foldersOf, isDraft } from "@/store";
import { Banner, Button } from "@/ui";
import { AnswerBar } from "./AnswerBar";
import { MarkChip } from "../list/Mark";
import { useLoaded } from "../state/hooks";
import { homeOf, useMail } from "../state/mail";
import type { ReadingSight } from "../state/reading";
import { useNameOf } from "../state/useNameOf";
import type { ThreadPlaces } from "../text/threads";
import { isAway, stackOf, summaryOf } from "../text/threads";
import type { CardDeeds } from "./MessageCard";
import { MessageCard } from "./MessageCard";
import { MessageBar } from "./MessageBar";
import { Subject } from "./MessageHead";
import { Gone } from "./Gone";
import type { Folds } from "./useFolds";
import { useFolds } from "./useFolds";
import { useHeld } from "./useHeld";
import { pictureChoices } from "./pictures";
import { usePictured } from "./usePictures";
import { usePrint } from "./usePrint";

export interface ThreadViewProps {
  /** The message that the address names. */
  readonly email: Email;
  /** Its thread, oldest first; itself alone where messages are read one by one. */
  readonly members: readonly Email[];
}

/** What is being read: one message, or the stack of a thread. */
export function ThreadView({ email, members }: ThreadViewProps) {
  const { t } = useLingui();
  const { account, store, open, reading, mailbox, mark } = useMail();
  const nameOf = useNameOf();
  const places = usePlaces(email);
  const { shown, away, showAway } = useShown(members, email.id, places);
  const isStack = shown.length > 1;
  const folds = useFolds(members, email.id, (id) => isDraft(account, account.emails.get(id)));
  const [isChosen, setChosen] = useState(false);
  const pictured = usePictured(members);
  const scroller = useRef<HTMLDivElement>(null);
  const holder = useHeld(scroller);
  const { print, isPrinting } = usePrint(pictured);
  useEffect(() => account.shelf.threads.hold(email.threadId), [account, email.threadId]);
  // Once: later the person leads.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useLayoutEffect(() => { if (isStack) holder.hold(email.id); }, [holder]);

  // A link to another message of the thread, from a notice or a letter, unfolds it; keys that walk do not.
  const chosenHere = useRef(email.id);
  useEffect(() => {
    if (email.id === chosenHere.current) return;
    chosenHere.current = email.id;
    folds.showMiddle();
    folds.fold(email.id, false);
    requestAnimationFrame(() => { holder.show(email.id); });
    // Only when the address names another one: what is chosen here is on its way there for a moment.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [email.id]);

  const choose = (id: EmailId): void => {
    setChosen(true);
    chosenHere.current = id;
    if (id !== email.id) open(id);
  };
  const fold = (id: EmailId, isFolded: boolean): void => {
    folds.fold(id, isFolded);
    choose(id);
  };
  const answered = isChosen && !isDraft(account, email) ? email : (shown.findLast((each) => !isDraft(account, each)) ?? email);
  const step = (by: 1 | -1): void => {
    const target = shown[shown.findIndex(({ id }) => id === email.id) + by];
    if (!target) return;
    folds.showMiddle();
    choose(target.id);
    requestAnimationFrame(() => { holder.show(target.id); });
  };
  useImperativeHandle<ReadingSight | null, ReadingSight | null>(reading, () => ({
    isStack, answers: answered.id, step, foldAll: folds.foldAll, print: () => { print(shown); },
    toggle: () => { fold(email.id, folds.isOpen(email.id)); },
  }));
  const latest = useRef({ fold, print: (id: EmailId) => { print(shown.filter((each) => each.id === id)); }, seen: folds.noteSeen });
  useEffect(() => { latest.current = { fold, print: (id) => { print(shown.filter((each) => each.id === id)); }, seen: folds.noteSeen }; });
  const deeds = useMemo<CardDeeds>(() => ({
    fold: (id, isFolded) => { latest.current.fold(id, isFolded); },
    print: (id) => { latest.current.print(id); },
    seen: (id) => { latest.current.seen(id); },
    fetchPictures: (id) => { pictureChoices(account).show(id); },
  }), [account]);

  const isBodyWanted = !isStack || folds.isOpen(answered.id);
  const body = useLoaded(`${account.id}/${answered.id}/${String(answered.hasAttachment)}/${String(isBodyWanted)}`, async () => (isBodyWanted ? account.shelf.body(answered.id) : null), store.line);
  if (!isStack && body.kind === "failed" && body.error instanceof MethodFailed && body.error.type === "notFound") return <Gone />;
  const value = body.kind === "ready" ? body.value : null;
  const titled = shown[0] ?? email;
  const focusPane = (): void => { scroller.current?.focus({ preventScroll: true }); }; // the line that was pressed is no more
  const summary = isStack ? summaryOf(shown, places, mailbox.address) : null;
  const news = shown.filter((each) => folds.isNew(each.id) && !isDraft(account, each));
  const card = (each: Email) => (
    <MessageCard
      key={each.id} email={each} isAlone={!isStack} isOpen={!isStack || folds.isOpen(each.id)} isCurrent={isStack && isChosen && each.id === email.id}
      elsewhere={isStack ? elsewhereOf(each, places.here, (id) => nameOf(account.mailboxes.get(id)) || null) : null} mayFetch={pictured.has(each.id)} scroller={scroller} deeds={deeds}
    />
  );
  return (
    <article aria-label={titled.subject || t`(no subject)`} className="relative flex h-full min-h-0 flex-col" aria-busy={isPrinting || undefined}>
      <MessageBar email={email} body={value} stack={summary && { isUnread: summary.isUnread, isFlagged: summary.isFlagged, foldAll: folds.foldAll }} onPrint={() => { print(shown); }} />
      <div ref={scroller} className="flex min-h-0 grow flex-col overflow-y-auto *:shrink-0" tabIndex={-1}>
        <div className="flex grow flex-col">
          <Elsewhere shown={shown} email={email} />
          <Subject email={titled}>
            {mark && <span className="mt-1 text-list text-muted"><MarkChip {...mark} /></span>}
            {isStack && <span className="tabular mt-1 shrink-0 text-list text-muted">{plural(summary?.count ?? 0, { one: "# message", other: "# messages" })}</span>}
          </Subject>
          <Stack shown={shown} away={away} folds={folds} news={news} card={card} onAway={() => { showAway(); focusPane(); }} onMiddle={() => { folds.showMiddle(); focusPane(); }} />
        </div>
      </div>
      {isStack && <NewBelow ids={folds.unseen.filter((id) => news.some((each) => each.id === id))} onPress={(id) => { holder.show(id); }} />}
      <AnswerBar email={answered} body={value} />
    </article>
  );
}

/** The messages on the page: without those that were thrown away, until they are asked for. */
function useShown(members: readonly Email[], opened: EmailId, places: ThreadPlaces) {
  const [areAwayShown, setAwayShown] = useState(false);
  const isHidden = (each: Email): boolean => !areAwayShown && each.id !== opened && isAway(each, places);
  const shown = members.filter((each) => !isHidden(each));
  return { shown, away: members.length - shown.length, showAway: () => { setAwayShown(true); } };
}

interface StackProps {
  readonly shown: readonly Email[];
  /** How many were thrown away. */
  readonly away: number;
  readonly folds: Folds;
  /** Those that came while the thread was open. */
  readonly news: readonly Email[];
  readonly card: (email: Email) => ReactNode;
  readonly onAway: () => void;
  readonly onMiddle: () => void;
}

/** The messages below one another, oldest first; one alone fills the pane. */
function Stack({ shown, away, folds, news, card, onAway, onMiddle }: StackProps) {
  const isAlone = shown.length === 1;
  const isOpen = (id: EmailId): boolean => isAlone || folds.isMiddleShown || folds.isOpen(id) || folds.isNew(id);
  return (
    <div className={isAlone ? "flex grow flex-col" : ""}>
      {!isAlone && away > 0 && (
        <Line onPress={onAway}>{plural(away, { one: "# message of this conversation was deleted or is junk", other: "# messages of this conversation were deleted or are junk" })}</Line>
      )}
      {stackOf(shown, isOpen).map((part) => {
        if ("folded" in part) {
          return <Line key={part.folded[0]?.id} onPress={onMiddle}>{plural(part.folded.length, { one: "# earlier message", other: "# earlier messages" })}</Line>;
        }
        return part.id === news[0]?.id && !isAlone ? [<NewLine key={`new ${part.id}`} count={news.length} />, card(part)] : card(part);
      })}
    </div>
  );
}

/** The folders whose messages are those of the open list. */
function usePlaces(email: Email) {
  const { account, list } = useMail();
  const mailboxId = list?.spec.mailboxId ?? null;
  const row = account.emails.get(list?.rowOf(email.id) ?? email.id) ?? email;
  const key = mailboxId ?? foldersOf(row).join(" ");
  return useMemo(() => ({
    here: key.split(" ") as MailboxId[], roleOf: (id: MailboxId) => account.mailboxes.get(id)?.role ?? null,
  }), [account, key]);
}

function elsewhereOf(email: Email, here: readonly MailboxId[], nameOf: (id: MailboxId) => string | null): string | null {
  const folders = foldersOf(email);
  const [first] = folders;
  return first === undefined || folders.some((id) => here.includes(id)) ? null : nameOf(first);
}

/** Somebody moved what is being read while it was open: it stays readable, and the page says where it is. */
function Elsewhere({ shown, email }: { readonly shown: readonly Email[]; readonly email: Email }) {
  const { t } = useLingui();
  const view = useMail();
  const nameOf = useNameOf();
  const { account, openFolder } = view;
  const folder = homeOf(view, email);
  const [folderId] = foldersOf(email);
  if (!folder || shown.some(({ mailboxIds }) => mailboxIds[folder.id]) || !folderId) return null;
  const name = nameOf(account.mailboxes.get(folderId));
  const title = shown.length > 1 ? t`This conversation is now in “${name}”.` : t`This message is now in “${name}”.`;
  return <Banner tone="info" className="rounded-none" title={title} actions={<Button onClick={() => { openFolder(folderId); }}>{t`Open folder`}</Button>} />;
}

/** Stands for messages that are not shown; a press shows them. */
function Line({ onPress, children }: { readonly onPress: () => void; readonly children: React.ReactNode }) {
  return (
    <button type="button" onClick={onPress} className="flex min-h-9 touch:min-h-11 w-full items-center gap-3 border-t border-border bg-sunken px-4 text-left text-list text-muted first:mt-2 first:border-t-0 hover:bg-hover hover:text-ink focus-visible:-outline-offset-2 phone:px-6">
      <span aria-hidden className="flex w-7 justify-center"><Ellipsis size={16} /></span>
      {children}
    </button>
  );
}

/** Above what came while the thread was open. */
function NewLine({ count }: { readonly count: number }) {
  return (
    <div role="status" className="flex items-center gap-3 border-t border-border px-4 py-1.5 text-fine font-medium text-accent phone:px-6">
      <span aria-hidden className="h-px grow bg-accent/40" />
      {plural(count, { one: "# new message", other: "# new messages" })}
      <span aria-hidden className="h-px grow bg-accent/40" />
    </div>
  );
}

/** New mail below what is on screen: nothing moves until it is asked for. */
function NewBelow({ ids, onPress }: { readonly ids: readonly EmailId[]; readonly onPress: (id: EmailId) => void }) {
  const [first] = ids;
  if (!first) return null;
  return (
    <div className="pointer-events-none relative h-0">
      <button
        type="button" onClick={() => { onPress(first); }}
        className="appear pointer-events-auto absolute bottom-3 left-1/2 flex min-h-8 touch:min-h-11 -translate-x-1/2 items-center gap-1.5 rounded-full bg-accent px-3.5 text-list font-medium whitespace-nowrap text-on-accent shadow-pop"
      >
        <ArrowDown size={14} aria-hidden /> {plural(ids.length, { one: "# new message", other: "# new messages" })}
      </button>
    </div>
  );
}
