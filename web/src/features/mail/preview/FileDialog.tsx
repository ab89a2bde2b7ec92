import { useLingui } from "@lingui/react/macro";
import { useEffect } from "react";
import { withoutTurning } from "@/lib/turning";
import { Button, Dialog, SkeletonRows } from "@/ui";
import { MailError } from "../MailError";
import { useLoaded } from "../state/hooks";
import type { FileKind } from "../text/names";
import { fetchBlob, fetchText, saveFile } from "./files";

const MOST_TEXT = 1_000_000;

export interface FileDialogProps {
  readonly name: string;
  readonly url: string;
  readonly type: string;
  readonly kind: FileKind;
  readonly onClose: () => void;
}

/** A picture or a plain text in the middle of the page. */
export function FileDialog({ name, url, type, kind, onClose }: FileDialogProps) {
  const { t } = useLingui();
  const loaded = useLoaded(url, async () => (
    kind === "picture"
      ? { address: URL.createObjectURL(await fetchBlob(url, type)), text: "" }
      : { address: null, text: withoutTurning((await fetchText(url)).slice(0, MOST_TEXT)) }
  ));
  const isLoading = loaded.kind === "loading";
  const address = loaded.kind === "ready" ? loaded.value.address : null;
  useEffect(() => () => { if (address) URL.revokeObjectURL(address); }, [address]);
  return (
    <Dialog
      isOpen onClose={onClose} width="wide" title={<bdi className="break-all">{name}</bdi>}
      actions={<Button variant="primary" isBusy={isLoading} onClick={() => { saveFile(url); }}>{t`Download`}</Button>}
    >
      {isLoading && <p className="appear-late pb-3 text-muted">{t`Being fetched …`}</p>}
      {isLoading && <SkeletonRows rows={3} />}
      {loaded.kind === "failed" && <MailError error={loaded.error} />}
      {address && <img src={address} alt={name} className="mx-auto max-h-[60dvh] max-w-full object-contain" />}
      {loaded.kind === "ready" && !address && <pre dir="auto" className="font-mono text-fine whitespace-pre-wrap">{loaded.value.text}</pre>}
    </Dialog>
  );
}
