import { msg } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { CalendarDays, ChevronDown } from "lucide-react";
import type { MouseEvent, ReactNode } from "react";
import { useState } from "react";
import { Ago, useDates } from "@/i18n";
import type { Email, EmailAddress, EmailBody } from "@/jmap";
import { personName } from "@/lib/personName";
import { isDraft } from "@/store";
import { Avatar, Button, cx } from "@/ui";
import { Chip } from "../list/Chip";
import { useCategorySearch } from "../search/useCategorySearch";
import { useMail } from "../state/mail";
import { fullAddress } from "../text/names";
import { AddressMenu } from "./AddressMenu";

/** Three lines of a wide pane hold more; what is longer must not push the letter out of sight. */
const LONG_SUBJECT = 250;

/** What it is about, once for all messages below. */
export function Subject({ email, children }: { readonly email: Email; readonly children?: ReactNode }) {
  const { t } = useLingui();
  const { account } = useMail();
  const [isWhole, setWhole] = useState(false);
  const isCut = !isWhole && (email.subject ?? "").length > LONG_SUBJECT;
  const colour = email["poststelle:importance"] === "high" ? "text-priority-high" : "";
  return (
    <div className="px-4 pt-3 phone:px-6">
      <div className="flex items-start gap-2">
        <h2 dir="auto" className={cx("min-w-0 grow overflow-clip text-title font-semibold break-words [overflow-clip-margin:4px]", isCut && "line-clamp-3", colour)}>
          {isDraft(account, email) && <span className="text-warning">{t`Draft`} · </span>}
          {email.subject || <span className="text-muted">{t`(no subject)`}</span>}
        </h2>
        {children}
      </div>
      {isCut && <Button variant="ghost" className="-ml-3 text-accent" onClick={() => { setWhole(true); }}>{t`Show the whole subject`}</Button>}
    </div>
  );
}

export interface MessageHeadProps {
  readonly email: Email;
  readonly body: EmailBody | null;
  /** Beside the time: what can be done with this message of several. */
  readonly deeds?: ReactNode;
  /** Where it lies, if elsewhere. */
  readonly folder?: string | null;
  /** Pressed beside its buttons. */
  readonly onPress?: () => void;
}

/** Who wrote to whom and when; one press shows every address in full. How it stands is decided by its own width: panes are sized by hand. */
export function MessageHead({ email, body, deeds, folder, onPress }: MessageHeadProps) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const searchFor = useCategorySearch(useMail());
  const from = email.from?.[0];
  const name = personName(from) ?? t`(unknown)`;
  const everybody = [...(email.to ?? []), ...(body?.cc ?? [])];
  const hasAddress = from !== undefined && name !== from.email;
  /** However long the name, some of the address is seen beside it; where the pane is narrow it has a line of its own. */
  const shown = (
    <span className="flex min-w-0 flex-col @min-[560px]:flex-row @min-[560px]:items-baseline @min-[560px]:gap-1">
      <bdi className={cx("truncate font-semibold", hasAddress && "@min-[560px]:max-w-3/4 @min-[560px]:shrink-0")}>{name}</bdi>
      {" "}
      {hasAddress && <span className="min-w-0 truncate text-muted">{from.email}</span>}
    </span>
  );
  const categories = email["poststelle:categories"];
  const chips = (categories.length > 0 || folder) && (
    <div className={cx("flex flex-wrap gap-1", deeds ? "mt-2" : "mt-1", categories.length === 0 && "@min-[560px]:hidden")}>
      {folder && <span className="inline-flex @min-[560px]:hidden"><FolderChip name={folder} /></span>}
      {categories.map((each) => <Chip key={each} name={each} onPress={() => { searchFor(each); }} />)}
    </div>
  );
  const press = (event: MouseEvent): void => { if (!(event.target as Element).closest("button,a,time")) onPress?.(); };
  return (
    <header className="@container px-4 pb-3 phone:px-6">
      {!deeds && chips /* of one message they are the subject's, of several each one's own */}
      {email["poststelle:event"] && <Meeting kind={email["poststelle:event"]} />}
      <div className={cx("mt-3 flex items-start gap-3", onPress && "cursor-pointer")} onClick={press}>
        <Avatar name={name} size="large" />
        <div className="min-w-0 grow">
          <div className={cx("flex justify-between gap-x-3", deeds ? "items-center" : "items-baseline")}>
            <p className="min-w-0 truncate">{from ? <AddressMenu person={from} className="truncate">{shown}</AddressMenu> : shown}</p>
            <span className="flex shrink-0 items-center gap-1 text-list text-muted">
              {folder && <span className="hidden @min-[560px]:inline-flex"><FolderChip name={folder} /></span>}
              <span className={cx(deeds !== undefined && "hidden @min-[560px]:inline")}><Ago key={email.id} at={email.receivedAt} /></span>
              {deeds}
            </span>
          </div>
          <div className="flex items-center justify-between gap-3 text-list text-muted">
            <button type="button" aria-expanded={isOpen} onClick={() => { setOpen(!isOpen); }} className="flex min-w-0 items-center gap-1 rounded-sm text-left hover:text-ink touch:min-h-8">
              <span className="min-w-0 truncate">{everybody.length > 0 ? t`to ${everybody.map((each) => personName(each) ?? "").filter(Boolean).join(", ")}` : t`without recipients`}</span>
              <ChevronDown size={14} aria-hidden className={cx("shrink-0 transition-transform", isOpen && "rotate-180")} />
            </button>
            {deeds && <span className="shrink-0 @min-[560px]:hidden"><Ago key={email.id} at={email.receivedAt} /></span>}
          </div>
        </div>
      </div>
      {deeds && chips}
      {isOpen && <AllAddresses email={email} body={body} />}
    </header>
  );
}

/** Where a message of a thread lies that is not in the open folder. */
export function FolderChip({ name }: { readonly name: string }) {
  return <bdi title={name} className="max-w-20 shrink-0 truncate rounded-sm bg-sunken px-1.5 text-fine leading-5 text-muted phone:max-w-32">{name}</bdi>;
}

const meetingWords = {
  request: msg`Invitation to a meeting. It can be answered in Outlook or by a reply.`,
  response: msg`Answer to an invitation to a meeting.`,
  news: msg`News of a meeting.`,
} as const;

function Meeting({ kind }: { readonly kind: keyof typeof meetingWords }) {
  const { t } = useLingui();
  return (
    <p className="mt-1 flex items-center gap-2 text-list text-muted">
      <CalendarDays size={16} aria-hidden className="shrink-0" /> {t(meetingWords[kind])}
    </p>
  );
}

function AllAddresses({ email, body }: Pick<MessageHeadProps, "email" | "body">) {
  const { t } = useLingui();
  const { full } = useDates();
  return (
    <dl className="mt-3 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 rounded-md border border-border bg-sunken px-3 py-2 text-list">
      <Line label={t`From`}>{email.from}</Line>
      <Line label={t`Sender`}>{isAuthor(body?.sender, email.from) ? null : body?.sender ?? null}</Line>
      <Line label={t`Reply to`}>{body?.replyTo ?? null}</Line>
      <Line label={t`To`}>{email.to}</Line>
      <Line label={t`Cc`}>{body?.cc ?? null}</Line>
      <Line label={t`Bcc`}>{body?.bcc ?? null}</Line>
      <Text label={t`Received`}>{full(email.receivedAt)}</Text>
      {body?.sentAt && <Text label={t`Sent`}>{full(body.sentAt)}</Text>}
    </dl>
  );
}

/** A header may name the author again, which tells nobody anything. */
function isAuthor(sender: readonly EmailAddress[] | null | undefined, from: readonly EmailAddress[] | null): boolean {
  return JSON.stringify(sender?.map(fullAddress)) === JSON.stringify(from?.map(fullAddress));
}

function Line({ label, children }: { readonly label: string; readonly children: readonly EmailAddress[] | null }) {
  if (!children || children.length === 0) return null;
  return (
    <Text label={label}>
      {children.map((address, i) => <AddressMenu key={i} person={address} className="block break-all"><bdi>{fullAddress(address)}</bdi></AddressMenu>)}
    </Text>
  );
}

function Text({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
