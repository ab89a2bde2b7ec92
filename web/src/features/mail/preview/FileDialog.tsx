import { useLingui } from "@lingui/react/macro";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { Suspense, lazy, useEffect } from "react";
import type { BlobId, BodyPart } from "@/jmap";
import { withoutTurning } from "@/lib/turning";
import { Button, Dialog, IconButton, SkeletonRows } from "@/ui";
import { MailError } from "../MailError";
import { useLoaded } from "../state/hooks";
import type { FileKind } from "../text/names";
import { fetchBlob, fetchText, saveFile } from "./files";

const MOST_TEXT = 1_000_000;

/** Comes with the first PDF. */
const PdfPages = lazy(async () => ({ default: (await import("./pdf/PdfPages")).PdfPages }));

/** A file of a message as it is shown; `url` null: it is not here. */
export interface ShownFile {
  readonly part: BodyPart;
  readonly kind: FileKind;
  readonly name: string;
  readonly url: string | null;
}

export interface FileDialogProps {
  /** Pictures, plain texts and PDFs of one message. */
  readonly files: readonly ShownFile[];
  readonly at: BlobId;
  readonly onMove: (to: BlobId) => void;
  readonly onClose: () => void;
}

/** A picture, a plain text or a PDF in the middle of the page; buttons and arrow keys lead to the next one. */
export function FileDialog({ files, at, onMove, onClose }: FileDialogProps) {
  const { t } = useLingui();
  const place = files.findIndex(({ part }) => part.blobId === at);
  const file = files[place];
  const step = (by: 1 | -1): void => {
    const to = files[(place + by + files.length) % files.length]?.part.blobId;
    if (to) onMove(to);
  };
  useArrows(step);
  if (!file?.url) return null;
  const { name, url } = file;
  const [number, total] = [place + 1, files.length];
  return (
    <Dialog
      isOpen onClose={onClose} width="page" title={<bdi className="wrap-anywhere">{name}</bdi>}
      actions={
        <>
          {files.length > 1 && (
            <span className="mr-auto flex items-center gap-1">
              <IconButton label={t`Previous file`} shortcut="←" icon={<ChevronLeft size={18} aria-hidden />} onClick={() => { step(-1); }} />
              <span role="status" aria-label={t`File ${number} of ${total}: ${name}`} className="tabular min-w-12 text-center text-list text-muted">{number} / {total}</span>
              <IconButton label={t`Next file`} shortcut="→" icon={<ChevronRight size={18} aria-hidden />} onClick={() => { step(1); }} />
            </span>
          )}
          <Button variant="primary" onClick={() => { saveFile(url); }}>{t`Download`}</Button>
        </>
      }
    >
      {file.kind === "pdf" ? <Suspense fallback={<SkeletonRows rows={3} />}><PdfPages key={url} url={url} size={file.part.size} /></Suspense> : <Shown key={url} file={file} url={url} />}
    </Dialog>
  );
}

function Shown({ file: { kind, name, part }, url }: { readonly file: ShownFile; readonly url: string }) {
  const { t } = useLingui();
  const loaded = useLoaded(url, async () => (
    kind === "picture"
      ? { address: URL.createObjectURL(await fetchBlob(url, part.type)), text: "" }
      : { address: null, text: withoutTurning((await fetchText(url)).slice(0, MOST_TEXT)) }
  ));
  const address = loaded.kind === "ready" ? loaded.value.address : null;
  useEffect(() => () => { if (address) URL.revokeObjectURL(address); }, [address]);
  return (
    <>
      {loaded.kind === "loading" && <p className="appear-late pb-3 text-muted">{t`Being fetched …`}</p>}
      {loaded.kind === "loading" && <SkeletonRows rows={3} />}
      {loaded.kind === "failed" && <MailError error={loaded.error} />}
      {address && <img src={address} alt={name} className="mx-auto max-h-[60dvh] max-w-full object-contain" />}
      {loaded.kind === "ready" && !address && <pre dir="auto" className="font-mono text-fine whitespace-pre-wrap">{loaded.value.text}</pre>}
    </>
  );
}

/** Wherever the keyboard is in the dialog. */
function useArrows(step: (by: 1 | -1) => void): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      event.preventDefault();
      step(event.key === "ArrowLeft" ? -1 : 1);
    };
    window.addEventListener("keydown", onKey);
    return () => { window.removeEventListener("keydown", onKey); };
  });
}
