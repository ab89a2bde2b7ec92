import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Download, File, FileArchive, FileImage, FileSpreadsheet, FileText, LoaderCircle, Mail } from "lucide-react";
import type { ReactNode } from "react";
import { Suspense, lazy, useState } from "react";
import { useDates } from "@/i18n";
import type { BlobId, BodyPart, EmailBody } from "@/jmap";
import { downloadUrl } from "@/jmap";
import { useDeed } from "@/session";
import { Button, IconButton, cx } from "@/ui";
import { MailError } from "../MailError";
import { useSignal } from "../state/hooks";
import { useMail } from "../state/mail";
import type { FileKind } from "../text/names";
import { fileKind, fileSize } from "../text/names";
import type { ShownFile } from "./FileDialog";
import { FileDialog } from "./FileDialog";
import { archiveOf, fileName, listedAttachments, saveName, shownName } from "./files";
import { MOST_THUMBNAILS, Thumbnail, hasThumbnail } from "./Thumbnail";
import { fetchAndSave, filesUnderWay } from "./underWay";

const icons: Readonly<Record<FileKind, ReactNode>> = {
  picture: <FileImage size={18} aria-hidden />, pdf: <FileText size={18} aria-hidden />, text: <FileText size={18} aria-hidden />,
  message: <Mail size={18} aria-hidden />, archive: <FileArchive size={18} aria-hidden />, sheet: <FileSpreadsheet size={18} aria-hidden />,
  document: <FileText size={18} aria-hidden />, other: <File size={18} aria-hidden />,
};

/** Its code comes with the first message that is opened in another one. */
const AttachedDialog = lazy(async () => ({ default: (await import("./AttachedDialog")).AttachedDialog }));

/** Shown above the page. */
function isViewed(kind: FileKind): boolean {
  return kind === "picture" || kind === "text" || kind === "pdf";
}

/** Messages in messages are opened to this depth; those below can be saved. The server reads three levels more. */
const DEEPEST = 5;

export interface AttachmentsProps {
  readonly body: EmailBody;
  readonly subject?: string | null;
  readonly shownInline: ReadonlySet<string>;
  /** How deep its message is attached; 0: it is stored. */
  readonly depth?: number;
}

/** The files of a message, each to open where that is safe, and to save; all of them as one archive. */
export function Attachments({ body, subject = null, shownInline, depth = 0 }: AttachmentsProps) {
  const { t } = useLingui();
  const { session, account } = useMail();
  const [viewed, setViewed] = useState<BlobId | null>(null);
  const files = listedAttachments(body, shownInline);
  if (files.length === 0) return null;
  const all = files.map((part) => placed(part, (blobId, file) => downloadUrl(session, account.id, blobId, file), { message: t`Attached message.eml`, file: t`Attachment` }));
  const viewable = all.filter(({ kind, url }) => url !== null && isViewed(kind));
  const savable = files.filter(({ blobId }) => blobId);
  const pictured = new Set(depth === 0 ? viewable.filter(hasThumbnail).slice(0, MOST_THUMBNAILS) : []);
  return (
    <section aria-label={t`Attachments`} className="border-t border-border px-4 py-3 phone:px-6">
      <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-3">
        <h3 className="text-list text-muted">{plural(files.length, { one: "# attachment", other: "# attachments" })}</h3>
        {depth === 0 && savable.length > 1 && <SaveAll id={body.id} subject={subject} parts={savable} />}
      </div>
      <ul className="mt-1 grid grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-2">
        {all.map((file, i) => <Line key={file.part.blobId ?? i} file={file} depth={depth} isPictured={pictured.has(file)} onView={setViewed} />)}
      </ul>
      {viewed && <FileDialog files={viewable} at={viewed} onMove={setViewed} onClose={() => { setViewed(null); }} />}
    </section>
  );
}

function placed(part: BodyPart, urlOf: (blobId: BlobId, file: { readonly name: string; readonly type: string }) => string, unnamed: { readonly message: string; readonly file: string }): ShownFile {
  const kind = fileKind(part.type, part.name);
  const name = shownName(part.name ?? "") || (kind === "message" ? unnamed.message : unnamed.file);
  const savedAs = (kind === "message" && !/\.eml$/i.test(name) ? saveName(name, "eml") : fileName(name)) || unnamed.file;
  return { part, kind, name, url: part.blobId ? urlOf(part.blobId, { name: savedAs, type: part.type }) : null };
}

interface SaveAllProps {
  readonly id: string;
  readonly subject: string | null;
  readonly parts: readonly BodyPart[];
}

function SaveAll({ id, subject, parts }: SaveAllProps) {
  const { t } = useLingui();
  const { account, setProblem } = useMail();
  const { url, key } = archiveOf(account, { id, subject }, parts, t`Attachments`);
  const isBusy = useSignal(filesUnderWay).has(key);
  return (
    <Button variant="ghost" isBusy={isBusy} icon={<Download size={16} aria-hidden />} className="-mr-3 text-accent" onClick={() => { fetchAndSave(url, key).catch(setProblem); }}>
      {t`Download all (ZIP)`}
    </Button>
  );
}

interface LineProps {
  readonly file: ShownFile;
  readonly depth: number;
  readonly isPictured: boolean;
  readonly onView: (blobId: BlobId) => void;
}

function Line({ file: { part, kind, name, url }, depth, isPictured, onView }: LineProps) {
  const { t } = useLingui();
  const { style } = useDates();
  const [isOpen, setOpen] = useState(false);
  const deed = useDeed();
  const underWay = useSignal(filesUnderWay);
  const isBusy = deed.isBusy || (part.blobId !== null && underWay.has(part.blobId));
  const mayOpen = url !== null && (isViewed(kind) || (kind === "message" && depth < DEEPEST));
  const save = (): void => {
    if (!url || !part.blobId) return;
    const { blobId } = part;
    void deed.run(() => fetchAndSave(url, blobId));
  };
  const open = (): void => {
    if (!mayOpen || !part.blobId) save();
    else if (kind === "message") setOpen(true);
    else onView(part.blobId);
  };
  return (
    <li className="min-w-0">
      <div className="flex items-center rounded-md border border-border">
        <button
          type="button" disabled={!url} aria-busy={isBusy || undefined} onClick={isBusy ? undefined : open} title={mayOpen ? t`Open ${name}` : t`Download ${name}`}
          className={cx("flex min-h-11 min-w-0 grow items-center gap-2.5 rounded-md px-2.5 text-left", url && "hover:bg-hover")}
        >
          <span className="flex w-8 shrink-0 justify-center text-muted">
            {isBusy ? <LoaderCircle size={18} aria-hidden className="animate-spin motion-reduce:animate-none" /> : isPictured && url ? <Thumbnail url={url} type={part.type} otherwise={icons[kind]} /> : icons[kind]}
          </span>
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
      {isOpen && url && part.blobId && (
        <Suspense fallback={null}><AttachedDialog blobId={part.blobId} name={name} url={url} depth={depth + 1} onClose={() => { setOpen(false); }} /></Suspense>
      )}
    </li>
  );
}
