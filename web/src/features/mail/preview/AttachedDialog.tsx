import { useLingui } from "@lingui/react/macro";
import { Printer } from "lucide-react";
import type { ReactNode } from "react";
import { useContext, useState } from "react";
import { useDates } from "@/i18n";
import type { BlobId, EmailAddress } from "@/jmap";
import { personName } from "@/lib/personName";
import { NoMessage, loadAttached } from "@/store";
import type { AttachedMessage } from "@/store";
import { Avatar, Button, Dialog, EmptyState, SkeletonRows } from "@/ui";
import { NotLoaded } from "../MailError";
import { useLoaded } from "../state/hooks";
import { useMail } from "../state/mail";
import { fullAddress } from "../text/names";
import { Content } from "./Content";
import { LeaveContext } from "./letterLinks";
import { fetchAndSave } from "./underWay";
import { usePrint } from "./usePrint";

const NONE: ReadonlySet<AttachedMessage["id"]> = new Set();

export interface AttachedDialogProps {
  readonly blobId: BlobId;
  /** Of the file. */
  readonly name: string;
  readonly url: string;
  /** 1: it is attached to a stored message. */
  readonly depth: number;
  readonly onClose: () => void;
}

/** A message that came as a file, read like any other: safe, its pictures from outside held back, its own files below. */
export function AttachedDialog({ blobId, name, url, depth, onClose }: AttachedDialogProps) {
  const { t } = useLingui();
  const { account, store, setProblem } = useMail();
  const loaded = useLoaded(`${account.id}/${blobId}`, () => loadAttached(account, blobId), store.line);
  const [mayFetch, setMayFetch] = useState(false);
  const message = loaded.kind === "ready" ? loaded.value : null;
  const { printAttached, isPrinting } = usePrint(mayFetch && message ? new Set([message.id]) : NONE);
  const leaveBelow = useContext(LeaveContext);
  const leave = (): void => {
    onClose();
    leaveBelow();
  };
  const isNone = loaded.kind === "failed" && loaded.error instanceof NoMessage;
  return (
    <Dialog
      isOpen onClose={onClose} width="page"
      title={<><span className="block text-list font-normal text-muted">{t`Attached message`}</span><bdi dir="auto" className="wrap-anywhere">{message ? message.subject || t`(no subject)` : name}</bdi></>}
      actions={
        <>
          {message && <Button icon={<Printer size={16} aria-hidden />} isBusy={isPrinting} onClick={() => { printAttached(message); }}>{t`Print`}</Button>}
          <Button variant={isNone ? "primary" : "secondary"} onClick={() => void fetchAndSave(url, blobId).catch(setProblem)}>{t`Download`}</Button>
        </>
      }
    >
      {loaded.kind === "loading" && <p className="appear-late pb-3 text-muted">{t`Being fetched …`}</p>}
      {loaded.kind === "loading" && <SkeletonRows rows={4} />}
      {isNone && <EmptyState title={t`This is no message`}>{t`It is called one, but holds something else, such as an appointment. You can save it and open it with another program.`}</EmptyState>}
      {loaded.kind === "failed" && !isNone && <NotLoaded error={loaded.error} onRetry={loaded.retry} />}
      {message && (
        <article aria-label={message.subject || t`(no subject)`} className="-mx-5 -mb-5 border-t border-border pt-3">
          <Head message={message} />
          <LeaveContext value={leave}><Content email={message} body={message.body} title={message.subject || t`(no subject)`} mayFetch={mayFetch} onFetch={() => { setMayFetch(true); }} depth={depth} /></LeaveContext>
        </article>
      )}
    </Dialog>
  );
}

/** Who wrote to whom and when, every address in full: one can't know them from where the message lies. */
function Head({ message: { from, to, body } }: { readonly message: AttachedMessage }) {
  const { t } = useLingui();
  const { full } = useDates();
  return (
    <header className="flex items-start gap-3 px-4 pb-3 phone:px-6">
      <Avatar name={personName(from?.[0]) ?? t`(unknown)`} size="large" />
      <dl className="grid min-w-0 grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-list">
        <Line label={t`From`}><People all={from} otherwise={t`(unknown)`} /></Line>
        <Line label={t`To`}><People all={to} otherwise={t`without recipients`} /></Line>
        {body.cc && body.cc.length > 0 && <Line label={t`Cc`}><People all={body.cc} /></Line>}
        {body.sentAt && <Line label={t`Sent`}><time dateTime={body.sentAt} className="tabular">{full(body.sentAt)}</time></Line>}
      </dl>
    </header>
  );
}

const MOST_PEOPLE = 50;

function People({ all, otherwise = "" }: { readonly all: readonly EmailAddress[] | null; readonly otherwise?: string }) {
  const people = all ?? [];
  if (people.length === 0) return <span className="text-muted">{otherwise}</span>;
  return (
    <>
      {people.slice(0, MOST_PEOPLE).map((each, i) => <bdi key={i} className="block break-all select-text">{fullAddress(each)}</bdi>)}
      {people.length > MOST_PEOPLE && <span className="text-muted">…</span>}
    </>
  );
}

function Line({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  );
}
