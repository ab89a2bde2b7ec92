import { t as say } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ChevronDown, Maximize2, Minimize2, Minus, X } from "lucide-react";
import type { DragEvent, KeyboardEvent, ReactNode, RefObject } from "react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { RecipientGroup } from "@/api";
import { useDates } from "@/i18n";
import type { IdentityId } from "@/jmap";
import { maySubmit } from "@/jmap";
import { openPlaceholders } from "@/lib/placeholders";
import type { Notice } from "@/store";
import { Banner, Button, Details, Dialog, IconButton, Select, cx, focusBack, focusNow, toastFloor } from "@/ui";
import { SecondAnswerNotice, useAnsweredWords } from "../presence/SecondAnswerNotice";
import type { SecondAnswer } from "../presence/useSecondAnswer";
import { useSecondAnswer } from "../presence/useSecondAnswer";
import { useSignal } from "../state/hooks";
import { isProper } from "./addresses";
import type { Composer } from "./composer";
import { DealtWith, FileMissing } from "./desk";
import type { Desk } from "./desk";
import { Body } from "./Body";
import { EndedFoot, EndedNotice, useEnding } from "./EndedParts";
import type { Fate } from "./fate";
import { FateNotice, useFateWords } from "./FateNotice";
import { Files } from "./Files";
import { Foot } from "./Foot";
import { cloudFiles, forgotFile, ownWords } from "./letter";
import { RecipientField } from "./RecipientField";
import { NotKept, SavingLine } from "./SavingLine";
import { isNotKept, namesOf, useTroubleWords } from "./saying";
import type { Question, Sending } from "./sendingSteps";
import type { StockProps } from "./SignatureMenu";
import { SizeNotice } from "./SizeNotice";
import { NotStopped, SendingStopped } from "./sending";
import { discard, tellHeld, tellLater, tellStopped } from "./telling";
import type { Trouble } from "./trouble";
import type { Stock } from "./useNeeds";
import { useNeeds } from "./useNeeds";
import { useStored } from "./useStored";

export interface ComposerPanelProps {
  readonly desk: Desk;
  readonly composer: Composer;
  /** It is the page, as on a phone. */
  readonly isPhone: boolean;
  /** The window is so low that all but the foot scrolls. */
  readonly isLow: boolean;
  /** It shows as a tab at the lower edge, as far as there is room for it. */
  readonly isSmall: boolean;
  readonly isTabShown: boolean;
  readonly isFront: boolean;
}

/** One letter: a panel at the lower right that grows to a page, or a tab. It never blocks what lies behind. */
export function ComposerPanel({ desk, composer, isPhone, isLow, isSmall, isTabShown, isFront }: ComposerPanelProps) {
  const { t } = useLingui();
  const shape = useSignal(composer.shape);
  const { subject } = useSignal(composer.letter);
  const root = useRef<HTMLDivElement>(null);
  const second = useSecondAnswer(composer);
  const sending = useSend(desk, composer, second);
  const stock = useNeeds(composer);
  const refused = useStored(desk, composer);
  const ending = useEnding(composer, sending.close);
  const drop = useFileDrop(composer);
  useWhereFocusIs(root, isSmall);
  const minimise = (): void => {
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); // its tooltip goes too
    composer.shape.set("small");
  };
  const isPage = shape === "page" && !isPhone;
  const title = subject.trim() || t`New message`;
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !root.current?.contains(event.target as Node)) return; // menus and dialogs above it are not in it
    if (event.key === "Escape") minimise();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) sending.send(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      {isSmall && isTabShown && <Tab title={title} composer={composer} refused={refused} onOpen={() => { desk.bringForward(composer); }} onClose={ending.close} />}
      <div
        ref={root} role="dialog" aria-label={title} hidden={isSmall} tabIndex={-1} onKeyDown={onKey} onFocusCapture={() => { desk.front.set(composer.key); }} {...drop.handlers}
        className={cx(
          "pointer-events-auto flex-col border-border bg-surface outline-none", isSmall ? "hidden" : "appear flex",
          isPhone ? "fixed inset-0 z-30 pb-[env(safe-area-inset-bottom)]" : "border shadow-pop",
          !isPhone && (isPage ? "fixed inset-x-[max(24px,calc(50vw-480px))] inset-y-6 z-30 rounded-md" : "relative h-[min(640px,calc(100dvh-72px))] w-[min(560px,calc(100vw-88px))] rounded-t-md border-b-0"),
          !isPhone && isFront && "border-border-strong",
        )}
      >
        <div className={isLow ? "flex min-h-0 grow flex-col overflow-y-auto [&>[data-text]]:min-h-32 [&>[data-text]]:shrink-0 [&>[data-text]]:overflow-visible" : "contents"}>
          <Head title={title} isPhone={isPhone} isPage={isPage} composer={composer} refused={refused} onMinimise={minimise} onClose={ending.close} />
          <Fields isOfSeveral={desk.isOfSeveral} composer={composer} stock={stock} />
          <FateNotice desk={desk} composer={composer} />
          <SecondAnswerNotice composer={composer} second={second} />
          {!ending.ended && <SizeNotice composer={composer} refused={refused} />}
          <EndedNotice composer={composer} />
          {!ending.ended && <Notices composer={composer} onClose={() => { composer.trouble.set(null); }} />}
          <Body key={String(ending.ended === "access")} composer={composer} stock={stock} isShown={!isSmall} onSend={() => { sending.send(null); }} />
          <Files composer={composer} />
        </div>
        {ending.ended ? <EndedFoot composer={composer} onClose={ending.close} /> : <Foot composer={composer} stock={stock} sending={sending} isPhone={isPhone} refused={refused} />}
        {ending.question}
        {drop.isOver && (
          <div aria-hidden className="pointer-events-none absolute inset-0 z-30 flex items-center justify-center rounded-t-md border-2 border-dashed border-accent bg-info-surface text-title font-semibold text-accent opacity-95">
            {t`Drop to attach`}
          </div>
        )}
        <Questions composer={composer} sending={sending} second={second} />
      </div>
    </>
  );
}

/** The keyboard goes into a letter that is opened again, and from one that is put away to where it was before. */
function useWhereFocusIs(root: RefObject<HTMLDivElement | null>, isSmall: boolean): void {
  const wasSmall = useRef(isSmall);
  const before = useRef<HTMLElement | null>(null);
  useEffect(() => {
    if (wasSmall.current && !isSmall) (root.current?.querySelector<HTMLElement>(".letter, textarea") ?? root.current)?.focus();
    if (!wasSmall.current && isSmall && isNowhere()) focusBack(before.current);
    wasSmall.current = isSmall;
  }, [root, isSmall]);
  useLayoutEffect(() => { before.current = focusNow(); }, []);
  useEffect(() => () => { setTimeout(() => { if (isNowhere()) focusBack(before.current); }); }, []);
}

function isNowhere(): boolean {
  return document.activeElement === null || document.activeElement === document.body;
}

interface TabProps {
  readonly title: string;
  readonly composer: Composer;
  readonly refused: Notice | null;
  readonly onOpen: () => void;
  readonly onClose: () => void;
}

function Tab({ title, composer, refused, onOpen, onClose }: TabProps) {
  const { t } = useLingui();
  const fate = useSignal(composer.watch.fate);
  const isKept = !isNotKept(useSignal(composer.keeper.state), refused);
  const hasTrouble = useSignal(composer.trouble) !== null || fate !== null || !isKept;
  return (
    <div ref={toastFloor} data-letter-tab className={cx("pointer-events-auto flex w-60 min-w-24 shrink items-center rounded-t-md border border-border-strong phone:border-b-0 max-phone:rounded-b-md bg-surface shadow-pop", hasTrouble && "border-danger")}>
      <button type="button" onClick={onOpen} className="min-h-9 min-w-0 grow truncate px-3 text-left text-list font-medium touch:min-h-11" aria-label={t`Continue writing “${title}”`}><bdi>{title}</bdi></button>
      {!isKept && <NotKept composer={composer} refused={refused} />}
      <IconButton label={t`Save and close`} icon={<X size={16} aria-hidden />} onClick={onClose} />
    </div>
  );
}

interface HeadProps {
  readonly title: string;
  readonly isPhone: boolean;
  readonly isPage: boolean;
  readonly composer: Composer;
  readonly refused: Notice | null;
  readonly onMinimise: () => void;
  readonly onClose: () => void;
}

function Head({ title, isPhone, isPage, composer, refused, onMinimise, onClose }: HeadProps) {
  const { t } = useLingui();
  return (
    <header className="flex min-h-10 shrink-0 items-center gap-0.5 border-b border-border bg-sunken pr-1 pl-4">
      <div className="min-w-0 grow py-0.5">
        <h2 className="truncate text-list font-semibold"><bdi>{title}</bdi></h2>
        {isPhone && <SavingLine composer={composer} refused={refused} />}
      </div>
      <IconButton label={t`Minimise`} shortcut="Esc" icon={isPhone ? <ChevronDown size={18} aria-hidden /> : <Minus size={16} aria-hidden />} onClick={onMinimise} />
      {!isPhone && (
        <IconButton
          label={isPage ? t`As a panel` : t`As a page`} icon={isPage ? <Minimize2 size={16} aria-hidden /> : <Maximize2 size={16} aria-hidden />}
          onClick={() => { composer.shape.set(isPage ? "panel" : "page"); }}
        />
      )}
      <IconButton label={t`Save and close`} icon={<X size={18} aria-hidden />} onClick={onClose} />
    </header>
  );
}

const NO_GROUPS: readonly RecipientGroup[] = [];

function Fields({ composer, stock, isOfSeveral }: StockProps & { readonly isOfSeveral: boolean }) {
  const { t } = useLingui();
  const { to, cc, bcc, subject, identity } = useSignal(composer.letter);
  const identities = useSignal(composer.identities);
  const [isCcShown, setCcShown] = useState(cc.length > 0);
  const [isBccShown, setBccShown] = useState(bcc.length > 0);
  const [isEmptyAtFirst] = useState(to.length === 0);
  const chosen = [...to, ...cc, ...bcc];
  const field = { composer, chosen, groups: stock.needs?.groups ?? NO_GROUPS };
  return (
    <div className="shrink-0">
      {identities.length > 1 && (
        <div className="flex items-center gap-2 border-b border-border px-4 py-1">
          <span aria-hidden className="min-w-9 text-list text-muted">{t`From`}</span>
          <Select
            label={t`From`} value={identity ?? identities[0]?.id} className="min-w-0 grow" onChange={(id) => { changeSender(composer, stock, id); }}
            choices={identities.map(({ id, name, email }) => ({ value: id, label: name ? `${name} <${email}>` : email }))}
          />
        </div>
      )}
      {identities.length <= 1 && isOfSeveral && (
        <p className="flex min-h-10 items-center gap-2 border-b border-border px-4 text-list">
          <span className="min-w-9 text-muted">{t`From`}</span>
          <bdi className="min-w-0 truncate">{identities[0]?.email ?? composer.address}</bdi>
        </p>
      )}
      <RecipientField {...field} label={t`To`} people={to} isFirst={isEmptyAtFirst} onChange={(people) => { composer.change({ to: people }); }}>
        <span className="flex shrink-0">
          {!isCcShown && <Quiet onPress={() => { setCcShown(true); }}>{t({ message: "Cc", context: "field of a letter" })}</Quiet>}
          {!isBccShown && <Quiet onPress={() => { setBccShown(true); }}>{t({ message: "Bcc", context: "field of a letter" })}</Quiet>}
        </span>
      </RecipientField>
      {(isCcShown || cc.length > 0) && <RecipientField {...field} label={t({ message: "Cc", context: "field of a letter" })} people={cc} isFirst={isCcShown && cc.length === 0} onChange={(people) => { composer.change({ cc: people }); }} />}
      {(isBccShown || bcc.length > 0) && <RecipientField {...field} label={t({ message: "Bcc", context: "field of a letter" })} people={bcc} isFirst={isBccShown && bcc.length === 0} onChange={(people) => { composer.change({ bcc: people }); }} />}
      <input
        type="text" aria-label={t`Subject`} placeholder={t`Subject`} value={subject} maxLength={2_000} dir="auto"
        onChange={(event) => { composer.change({ subject: event.target.value }); }}
        className="min-h-10 w-full border-b border-border bg-transparent px-4 text-ui font-medium -outline-offset-2 placeholder:font-normal placeholder:text-muted touch:min-h-11 touch:text-[16px]"
      />
    </div>
  );
}

function changeSender(composer: Composer, stock: Stock, id: IdentityId): void {
  const before = composer.author?.email ?? "";
  composer.change({ identity: id });
  stock.followSender(before, composer.author?.email ?? "");
}

function Quiet({ children, onPress }: { readonly children: ReactNode; readonly onPress: () => void }) {
  return <button type="button" onClick={(event) => { event.stopPropagation(); onPress(); }} className="min-h-8 rounded-sm px-1.5 text-list text-muted hover:text-ink touch:min-h-11 touch:px-2.5">{children}</button>;
}

function Notices({ composer, onClose }: { readonly composer: Composer; readonly onClose: () => void }) {
  const { t } = useLingui();
  const told = useSignal(composer.trouble);
  const saving = useSignal(composer.keeper.state);
  const words = useTroubleWords();
  const trouble: Trouble | null = told ?? (saving.kind === "refused" ? { kind: "notSaved", error: saving.error } : null);
  if (!trouble) return null;
  const { title, remedy, code } = words(trouble);
  return (
    <Banner tone="danger" className="shrink-0 rounded-none" title={title} actions={told ? <Button onClick={onClose}>{t`Understood`}</Button> : <Button onClick={() => { composer.keeper.retry(); }}>{t`Try again`}</Button>}>
      <p>{remedy}</p>
      {code && <Details code={code} />}
    </Banner>
  );
}

/** From the button to the desk: what is missing is said, what may be forgotten is asked once. */
function useSend(desk: Desk, composer: Composer, second: SecondAnswer): Sending {
  const { full } = useDates();
  const [question, setQuestion] = useState<Sending["question"]>(null);
  const answered = useRef(new Set<Question>());
  const send = (at: Date | null): void => {
    if (!maySend || composer.ended.get() || composer.isSending.get()) return;
    if (document.activeElement instanceof HTMLInputElement) document.activeElement.blur(); // what stands in a field of people counts
    const letter = composer.now();
    const people = [...letter.to, ...letter.cc, ...letter.bcc];
    if (people.length === 0) { composer.trouble.set({ kind: "noRecipient" }); return; }
    if (!people.every(isProper)) { composer.trouble.set({ kind: "badAddress" }); return; }
    if (!composer.draftsFolder) { composer.trouble.set({ kind: "noDrafts" }); return; }
    if (!composer.author) {
      desk.identify(composer);
      composer.trouble.set({ kind: "noIdentity" });
      return;
    }
    const fate = composer.watch.fate.get();
    const isUnsaved = !composer.keeper.isSafe;
    if (!fate && isUnsaved && letter.awaitsFiles) { composer.trouble.set({ kind: "filesAwaited" }); return; }
    const asks: Question | null = fate && fate.kind !== "deleted" ? "dealtWith"
      : isUnsaved && cloudFiles(letter).length > 0 ? "cloud"
      : second.meanwhile.length > 0 && !answered.current.has("answered") ? "answered"
      : letter.subject.trim() === "" && !answered.current.has("noSubject") ? "noSubject"
      : forgotFile(letter) && !answered.current.has("noFile") ? "noFile"
      : openPlaceholders(ownWords(letter)).length > 0 && !answered.current.has("placeholder") ? "placeholder" : null;
    if (asks) { setQuestion({ kind: asks, at }); return; }
    void desk.send(composer, at).then(
      (submitted) => { if (at) tellLater(desk, composer, submitted, full(at)); else tellHeld(desk, composer, submitted); },
      (error: unknown) => {
        if (error instanceof SendingStopped) { tellStopped(desk, composer, error); return; }
        desk.bringForward(composer);
        if (error instanceof DealtWith) { setQuestion({ kind: "dealtWith", at }); return; }
        composer.trouble.set(troubleOf(error));
      },
    );
  };
  const maySend = maySubmit(composer.session, composer.accountId);
  return {
    maySend, question, send,
    stop: () => { desk.stop(composer); },
    close: () => { desk.close(composer).catch(() => { desk.bringForward(composer); }); },
    discard: () => {
      if (composer.draft || (composer.keeper.state.get().kind !== "untouched" && composer.hasContent)) setQuestion({ kind: "discard", at: null });
      else void desk.close(composer);
    },
    answer: (isYes) => {
      setQuestion(null);
      if (!question || !isYes) return;
      if (question.kind === "discard") { discard(desk, composer); return; }
      if (question.kind === "dealtWith") { composer.startOver(); answered.current.add("answered"); }
      else if (question.kind === "cloud") composer.leaveCloud();
      else answered.current.add(question.kind);
      send(question.at);
    },
  };
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof FileMissing) return { kind: "fileFailed" };
  return error instanceof NotStopped ? { kind: "notTakenBack", error: error.cause } : { kind: "notSent", error };
}

interface QuestionsProps {
  readonly composer: Composer;
  readonly sending: Sending;
  readonly second: SecondAnswer;
}

function Questions({ composer, sending, second }: QuestionsProps) {
  const { t } = useLingui();
  const fate = useSignal(composer.watch.fate);
  const sayFate = useFateWords();
  const { question, answer } = sending;
  const answeredWords = useAnsweredWords(second);
  if (!question) return null;
  const [other] = second.meanwhile;
  const inCloud = namesOf(cloudFiles(composer.letter.get()).map(({ name }) => name));
  if (question.kind === "dealtWith" && !fate) return null;
  const words: Readonly<Record<Question, { title: string; text: string; deed: string; stay?: string }>> = {
    answered: { title: other ? answeredWords(other) : "", text: t`Yours would be a second answer to the same message.`, deed: t`Send anyway`, stay: t`Don't send` },
    dealtWith: { title: fate ? sayFate(fate).title : "", text: sendingAfter(fate), deed: t`Send anyway`, stay: t`Don't send` },
    cloud: { title: t`Send without the files in the cloud?`, text: t`Left out: ${inCloud}. Only Outlook can keep links to files in the cloud in a draft.`, deed: t`Send without them` },
    noSubject: { title: t`Send without a subject?`, text: t`A message without a subject is easily overlooked.`, deed: t`Send without a subject` },
    noFile: { title: t`Nothing is attached`, text: t`Your text speaks of an attachment, but there is none.`, deed: t`Send without attachment` },
    placeholder: { title: t`A placeholder is not filled in`, text: t`The text still holds a name in double braces, in place of what it stands for.`, deed: t`Send as it is` },
    discard: { title: t`Delete this draft?`, text: t`It moves to the deleted messages.`, deed: t`Delete draft` },
  };
  const { title, text, deed, stay = t`Continue writing` } = words[question.kind];
  return (
    <Dialog
      isOpen onClose={() => { answer(false); }} title={title}
      actions={
        <>
          <Button data-focus-first onClick={() => { answer(false); }}>{stay}</Button>
          <Button variant={question.kind === "discard" ? "danger" : "primary"} onClick={() => { answer(true); }}>{deed}</Button>
        </>
      }
    >
      <p>{text}</p>
    </Dialog>
  );
}

/** What comes of sending a letter whose draft others have had in hands. */
function sendingAfter(fate: Fate | null): string {
  switch (fate?.kind) {
    case "sent": return fate.isOther ? say`Whoever got the other message may get it a second time.` : say`Its recipients would get it twice: what was sent, and what you send now.`;
    case "leaving": return say`Its recipients would get it twice.`;
    case "edited": return say`Your version would be sent. The other one stays in the drafts.`;
    case "gone": return say`It may have been sent a moment ago. Then its recipients would get it twice.`;
    default: return say`Somebody may have had a reason to delete it.`;
  }
}

/** Files dropped on the letter go along with it. */
function useFileDrop(composer: Composer) {
  const [isOver, setOver] = useState(false);
  const carriesFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer.types.includes("Files");
  return {
    isOver,
    handlers: {
      onDragOver: (event: DragEvent) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "copy";
        setOver(true);
      },
      onDragLeave: (event: DragEvent) => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false); },
      onDrop: (event: DragEvent) => {
        setOver(false);
        if (!carriesFiles(event)) return;
        event.preventDefault();
        composer.addFiles([...event.dataTransfer.files]);
      },
    },
  };
}
