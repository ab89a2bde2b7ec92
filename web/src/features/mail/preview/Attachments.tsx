import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Download, File, FileArchive, FileImage, FileSpreadsheet, FileText, LoaderCircle, Mail } from "lucide-react";
import type { ReactNode } from "react";
import { Suspense, lazy, useState } from "react";
import { useDates } from "@/i18n";
import type { BodyPart, EmailBody } from "@/jmap";
import { downloadUrl } from "@/jmap";
import { useDeed } from "@/session";
import { IconButton, buttonClass, cx } from "@/ui";
import { MailError } from "../MailError";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import type { FileKind } from "../text/names";
import { fileKind, fileSize } from "../text/names";
import { FileDialog } from "./FileDialog";
import { fileName, listedAttachments, saveName, shownName, showsPdf } from "./files";
import { fetchAndSave, filesUnderWay } from "./underWay";
import { usePdf } from "./usePdf";

const icons: Readonly<Record<FileKind, ReactNode>> = {
  picture: <FileImage size={18} aria-hidden />, pdf: <FileText size={18} aria-hidden />, text: <FileText size={18} aria-hidden />,
  message: <Mail size={18} aria-hidden />, archive: <FileArchive size={18} aria-hidden />, sheet: <FileSpreadsheet size={18} aria-hidden />,
  document: <FileText size={18} aria-hidden />, other: <File size={18} aria-hidden />,
};

/** Its code comes with the first message that is opened in another one. */
const AttachedDialog = lazy(async () => ({ default: (await import("./AttachedDialog")).AttachedDialog }));

/** Messages in messages are opened to this depth; those below can be saved. The server reads three levels more. */
const DEEPEST = 5;

export interface AttachmentsProps {
  readonly body: EmailBody;
  readonly shownInline: ReadonlySet<string>;
  /** How deep its message is attached; 0: it is stored. */
  readonly depth?: number;
}

/** The files of a message, each to open where that is safe, and to save. */
export function Attachments({ body, shownInline, depth = 0 }: AttachmentsProps) {
  const { t } = useLingui();
  const files = listedAttachments(body, shownInline);
  if (files.length === 0) return null;
  return (
    <section aria-label={t`Attachments`} className="border-t border-border px-4 py-3 phone:px-6">
      <h3 className="text-list text-muted">{plural(files.length, { one: "# attachment", other: "# attachments" })}</h3>
      <ul className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-2">
        {files.map((part, i) => <Line key={part.blobId ?? i} part={part} depth={depth} />)}
      </ul>
    </section>
  );
}

function Line({ part, depth }: { readonly part: BodyPart; readonly depth: number }) {
  const { t } = useLingui();
  const { style } = useDates();
  const { session, account } = useMail();
  const [isOpen, setOpen] = useState(false);
  const deed = useDeed();
  const underWay = useSignal(filesUnderWay);
  const isBusy = deed.isBusy || (part.blobId !== null && underWay.has(part.blobId));
  const kind = fileKind(part.type, part.name);
  const name = shownName(part.name ?? "") || (kind === "message" ? t`Attached message.eml` : t`Attachment`);
  const savedAs = (kind === "message" && !/\.eml$/i.test(name) ? saveName(name, "eml") : fileName(name)) || t`Attachment`;
  const url = part.blobId ? downloadUrl(session, account.id, part.blobId, { name: savedAs, type: part.type }) : null;
  const mayOpen = url !== null && (kind === "picture" || kind === "text" || (kind === "pdf" && showsPdf()) || (kind === "message" && depth < DEEPEST));
  const pdf = usePdf(url);
  const save = (): void => {
    if (!url || !part.blobId) return;
    const { blobId } = part;
    void deed.run(() => fetchAndSave(url, blobId));
  };
  const open = (): void => {
    if (!mayOpen) save();
    else if (kind === "pdf") void deed.run(pdf.open);
    else setOpen(true);
  };
  return (
    <li className="min-w-0">
      <div className="flex items-center rounded-md border border-border">
        <button
          type="button" disabled={!url} aria-busy={isBusy || undefined} onClick={isBusy ? undefined : open} title={mayOpen ? t`Open ${name}` : t`Download ${name}`}
          className={cx("flex min-h-11 min-w-0 grow items-center gap-2.5 rounded-md px-2.5 text-left", url && "hover:bg-hover")}
        >
          <span className="shrink-0 text-muted">{isBusy ? <LoaderCircle size={18} aria-hidden className="animate-spin motion-reduce:animate-none" /> : icons[kind]}</span>
          <span className="min-w-0">
            <bdi className="block truncate text-list font-medium">{name}</bdi>
            <span role="status" className="tabular block text-fine text-muted">
              {isBusy ? t`Being fetched …` : url ? fileSize(part.size, style.locale) : t`A link to a file at Microsoft, not stored here`}
            </span>
          </span>
        </button>
        {url && <IconButton label={t`Download ${name}`} icon={<Download size={16} aria-hidden />} disabled={isBusy} onClick={save} />}
      </div>
      {deed.error !== null && <MailError error={deed.error} />}
      {pdf.held && <Held address={pdf.held} onOpen={pdf.drop} />}
      {isOpen && url && kind !== "message" && <FileDialog name={name} url={url} type={part.type} kind={kind} onClose={() => { setOpen(false); }} />}
      {isOpen && url && part.blobId && kind === "message" && (
        <Suspense fallback={null}><AttachedDialog blobId={part.blobId} name={name} url={url} depth={depth + 1} onClose={() => { setOpen(false); }} /></Suspense>
      )}
    </li>
  );
}

/** It is here, but the browser lets no tab be opened without a press: a link is one. */
function Held({ address, onOpen }: { readonly address: string; readonly onOpen: () => void }) {
  const { t } = useLingui();
  return (
    <div role="status" className="mt-1 flex items-center justify-between gap-2 rounded-md bg-info-surface px-2.5 py-1.5 text-fine">
      <span>{t`The document is here. The browser did not open a tab by itself.`}</span>
      <a href={address} target="_blank" rel="noopener noreferrer" onClick={onOpen} className={buttonClass("secondary")}>{t`Open`}</a>
    </div>
  );
}
