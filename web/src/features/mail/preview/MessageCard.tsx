import { useLingui } from "@lingui/react/macro";
import { ChevronUp, Paperclip, PencilLine, Reply, Star } from "lucide-react";
import type { RefObject } from "react";
import { Suspense, lazy, memo, useEffect, useLayoutEffect, useRef } from "react";
import { openFeature, useDates } from "@/i18n";
import type { Email, EmailId } from "@/jmap";
import { personName } from "@/lib/personName";
import { hasKeyword, isDraft, widened } from "@/store";
import { Avatar, Button, IconButton, SkeletonRows, cx } from "@/ui";
import { NotLoaded } from "../MailError";
import { AnsweringMark } from "../presence/AnsweringMark";
import { PresenceLine } from "../presence/PresenceLine";
import { useLoaded, useNow, useSignal, useWaiting } from "../state/hooks";
import { useMail } from "../state/mail";
import { formatRow } from "../text/dates";
import { Content } from "./Content";
import { FolderChip, MessageHead } from "./MessageHead";
import { openHistory } from "./historyDoor";
import { ReceiptAsked } from "./ReceiptAsked";
import { MessageMenu } from "./MessageMenu";
import { useNear, useOnScreen } from "./useNear";

/** Its words are those of writing, which reading needs none of. */
const WaitsToBeSent = lazy(async () => {
  const [{ WaitsToBeSent: Notice }] = await Promise.all([import("../compose/WaitsToBeSent"), openFeature("mail/compose")]);
  return { default: Notice };
});

/** Few ask for it. */
const HistoryPanel = lazy(async () => {
  const [{ HistoryPanel: Panel }] = await Promise.all([import("../history/HistoryPanel"), openFeature("mail/history")]);
  return { default: Panel };
});

const SEEN_AFTER_MS = 1_000;
/** About a short letter: what is not drawn yet takes that much room. */
const GUESSED_PX = 220;

export interface CardDeeds {
  readonly fold: (id: EmailId, isFolded: boolean) => void;
  readonly fetchPictures: (id: EmailId) => void;
  readonly print: (id: EmailId) => void;
  readonly seen: (id: EmailId) => void;
}

export interface MessageCardProps {
  readonly email: Email;
  /** The only message: nothing is folded and the bar above has its deeds. */
  readonly isAlone: boolean;
  readonly isOpen: boolean;
  /** Keys are about it. */
  readonly isCurrent: boolean;
  /** The name of the folder it lies in, where that is another one than the open one. */
  readonly elsewhere: string | null;
  readonly mayFetch: boolean;
  readonly scroller: RefObject<HTMLElement | null>;
  /** The same object at every render. */
  readonly deeds: CardDeeds;
}

/** One message of what is being read: a line, or head, text and attachments. */
export const MessageCard = memo(function MessageCard(props: MessageCardProps) {
  const { t } = useLingui();
  const { full } = useDates();
  const { account } = useMail();
  const { email, isAlone, isOpen, isCurrent, scroller, deeds } = props;
  const card = useRef<HTMLDivElement>(null);
  const isOnScreen = useOnScreen(card, scroller);
  useSeenSoon(email, isOpen && (isAlone || isOnScreen));
  useEffect(() => { if (isOnScreen) deeds.seen(email.id); }, [isOnScreen, email.id, deeds]);
  useFocusKept(card, isOpen);
  useUnfoldedForHistory(email, isOpen, deeds);
  const who = personName(email.from?.[0]) ?? t`(unknown)`;
  const when = full(email.receivedAt);
  return (
    <div
      ref={card} data-message={email.id} tabIndex={isAlone ? undefined : -1} {...(isAlone ? {} : { role: "group", "aria-label": t`${who}, ${when}` })} aria-current={isCurrent || undefined}
      className={cx("relative shrink-0 -outline-offset-2", !isAlone && "border-t border-border first:border-t-0 [&>section]:border-t-0", !isAlone && !isOpen && "first:mt-2", isCurrent && "shadow-[inset_3px_0_0_var(--accent)]")}
    >
      {isOpen ? <Unfolded {...props} card={card} who={who} /> : isDraft(account, email) ? <DraftLine {...props} who={who} /> : <Folded {...props} who={who} />}
    </div>
  );
});

/** The button that was pressed goes with the press: the focus stays at the message. */
function useFocusKept(card: RefObject<HTMLElement | null>, isOpen: boolean): void {
  const had = useRef(false);
  const before = useRef(isOpen);
  useLayoutEffect(() => {
    if (before.current !== isOpen && had.current && document.activeElement === document.body) card.current?.focus({ preventScroll: true });
    before.current = isOpen;
  }, [card, isOpen]);
  useEffect(() => {
    const node = card.current;
    if (!node) return;
    const note = (): void => { had.current = true; };
    const forget = (event: FocusEvent): void => { if (event.relatedTarget !== null) had.current = false; };
    node.addEventListener("focusin", note);
    node.addEventListener("focusout", forget);
    return () => {
      node.removeEventListener("focusin", note);
      node.removeEventListener("focusout", forget);
    };
  }, [card]);
}

/** Its history can be asked for by key while it is folded. */
function useUnfoldedForHistory({ id }: Email, isOpen: boolean, { fold }: CardDeeds): void {
  const { account } = useMail();
  const isAsked = useSignal(openHistory) === widened(account.id, id);
  useEffect(() => { if (isAsked && !isOpen) fold(id, false); }, [isAsked]); // eslint-disable-line react-hooks/exhaustive-deps -- folding it afterwards is meant
}

/** Reading for a moment marks as read; walking past does not. Marked unread on purpose it stays so. */
function useSeenSoon({ id }: Email, isRead: boolean): void {
  const { account, mayWrite } = useMail();
  const isNoted = useRef(false);
  useEffect(() => {
    if (!mayWrite || !isRead || isNoted.current) return;
    const timer = setTimeout(() => {
      isNoted.current = true;
      account.readMarks.note(id);
    }, SEEN_AFTER_MS);
    return () => { clearTimeout(timer); };
  }, [id, account, mayWrite, isRead]);
}

interface PartProps extends MessageCardProps {
  readonly who: string;
}

const lineClass = "flex min-h-11 w-full items-center gap-3 px-4 py-1.5 text-left text-list hover:bg-hover focus-visible:-outline-offset-2 phone:px-6";

/** Who, the beginning of the text, when: a press unfolds it. */
function Folded({ email, elsewhere, deeds, who }: PartProps) {
  const { t } = useLingui();
  const { account } = useMail();
  const isUnread = !hasKeyword(email, "$seen");
  return (
    <button type="button" aria-expanded={false} onClick={() => { deeds.fold(email.id, false); }} className={lineClass}>
      <span aria-hidden><Avatar name={who} size="normal" /></span>
      {isUnread && <span role="img" aria-label={t`Unread`} className="-mr-1 size-2 shrink-0 rounded-full bg-accent" />}
      <bdi className={cx("max-w-[40%] shrink-0 truncate", isUnread ? "font-semibold" : "font-medium")}>{who}</bdi>
      <bdi dir="auto" className="min-w-0 grow truncate text-muted">{email.preview}</bdi>
      <AnsweringMark account={account} id={email.id} />
      {hasKeyword(email, "$flagged") && <Star size={14} role="img" aria-label={t`Flagged`} fill="currentColor" className="shrink-0 text-warning" />}
      {email.hasAttachment && <Paperclip size={14} role="img" aria-label={t`Attachment`} className="shrink-0 text-muted" />}
      {elsewhere && <FolderChip name={elsewhere} />}
      <When at={email.receivedAt} />
    </button>
  );
}

/** An answer begun: a press writes on. */
function DraftLine({ email, deeds, who }: PartProps) {
  const { t } = useLingui();
  const { writing } = useMail();
  return (
    <button type="button" onClick={() => { if (writing.isPossible) writing.openDraft(email.id); else deeds.fold(email.id, false); }} className={lineClass}>
      <span aria-hidden><Avatar name={who} size="normal" /></span>
      <span className="shrink-0 font-medium text-warning">{t`Draft`}</span>
      <bdi dir="auto" className="min-w-0 grow truncate text-muted">{email.preview}</bdi>
      <PencilLine size={14} aria-hidden className="shrink-0 text-muted" />
      <When at={email.receivedAt} />
    </button>
  );
}

function When({ at }: { readonly at: string }) {
  const { style } = useDates();
  return <time dateTime={at} className="tabular shrink-0 text-fine text-muted">{formatRow(at, useNow(), style)}</time>;
}

function Unfolded({ email, isAlone, elsewhere, mayFetch, scroller, deeds, who, card }: PartProps & { readonly card: RefObject<HTMLElement | null> }) {
  const { t } = useLingui();
  const { account, store } = useMail();
  const isHistoryOpen = useSignal(openHistory) === widened(account.id, email.id);
  const { isNear, heightPx } = useNear(card, scroller, !isAlone);
  const body = useLoaded(`${account.id}/${email.id}/${String(email.hasAttachment)}/${String(isNear)}`, async () => (isNear ? account.shelf.body(email.id) : null), store.line);
  const value = body.kind === "ready" ? body.value : null;
  if (!isNear) return <div style={{ height: `${String(heightPx || GUESSED_PX)}px` }} />;
  return (
    <>
      {isDraft(account, email) && <Suspense fallback={null}><WaitsToBeSent email={email} /></Suspense>}
      <MessageHead
        email={email} body={value} folder={elsewhere}
        {...(isAlone ? {} : { onPress: () => { deeds.fold(email.id, true); }, deeds: <OwnDeeds email={email} fold={deeds.fold} menu={<MessageMenu email={email} body={value} isInStack onPrint={() => { deeds.print(email.id); }} />} /> })}
      />
      <PresenceLine email={email} />
      {isHistoryOpen && <Suspense fallback={null}><HistoryPanel account={account.id} email={email} onClose={() => { openHistory.set(null); }} /></Suspense>}
      <ReceiptAsked email={email} />
      {body.kind === "loading" && <div className="px-6"><SkeletonRows rows={4} /></div>}
      {body.kind === "failed" && <div className="p-4"><NotLoaded error={body.error} onRetry={body.retry} /></div>}
      {value && <Content email={email} stored={email} body={value} title={isAlone ? email.subject || t`(no subject)` : who} mayFetch={mayFetch} onFetch={() => { deeds.fetchPictures(email.id); }} />}
      {!isAlone && isDraft(account, email) && <WriteOn email={email} />}
    </>
  );
}

/** One that waits to be sent is taken back above. */
function WriteOn({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const { account, writing } = useMail();
  if (useWaiting(account, [email.id]) !== null || !writing.isPossible) return null;
  return <div className="px-4 pb-4 phone:px-6"><Button icon={<PencilLine size={16} aria-hidden />} onClick={() => { writing.openDraft(email.id); }}>{t`Continue writing`}</Button></div>;
}

interface OwnDeedsProps {
  readonly email: Email;
  readonly fold: CardDeeds["fold"];
  readonly menu: React.ReactNode;
}

/** Where the head is narrow the sender's name goes first. */
const inMenuToo = "@max-[420px]:hidden";

/** What is done with this message of several. */
function OwnDeeds({ email, fold, menu }: OwnDeedsProps) {
  const { t } = useLingui();
  const { account, screen, deeds, writing, mayWrite } = useMail();
  const isFlagged = hasKeyword(email, "$flagged");
  const mayAnswer = writing.isPossible && !isDraft(account, email);
  return (
    <span className="-my-1.5 -mr-2 ml-1 flex items-center touch:-my-3">
      {mayWrite && screen !== "phone" && (
        <IconButton
          label={isFlagged ? t`Remove flag` : t`Flag`} aria-pressed={isFlagged} className={cx(inMenuToo, isFlagged && "text-warning")}
          icon={<Star size={16} aria-hidden fill={isFlagged ? "currentColor" : "none"} />} onClick={() => { deeds.setFlagged([email.id], !isFlagged); }}
        />
      )}
      {mayAnswer && screen !== "phone" && <IconButton label={t`Reply to this message`} className={inMenuToo} icon={<Reply size={16} aria-hidden />} onClick={() => { writing.answer("reply", email.id); }} />}
      {menu}
      <IconButton label={t`Collapse`} aria-expanded icon={<ChevronUp size={16} aria-hidden />} onClick={() => { fold(email.id, true); }} />
    </span>
  );
}
