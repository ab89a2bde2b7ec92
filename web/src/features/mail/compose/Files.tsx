import { t as say } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { CircleAlert, Cloud, Paperclip, RotateCw, X } from "lucide-react";
import { useDates } from "@/i18n";
import { Busy, Offline } from "@/jmap";
import { IconButton, cx } from "@/ui";
import { useSignal } from "../state/hooks";
import { fileSize } from "../text/names";
import type { Composer } from "./composer";
import type { LetterFile } from "./letter";
import { FileLost } from "./parts";
import type { Coming } from "./trouble";

/** The files of a letter: how far they have come, and how to leave one out. */
export function Files({ composer }: { readonly composer: Composer }) {
  const { t } = useLingui();
  const files = useSignal(composer.letter).files.filter(({ cid }) => cid === null);
  const coming = useSignal(composer.coming);
  if (files.length === 0) return null;
  return (
    <ul aria-label={t`Attachments`} className="flex max-h-36 shrink-0 flex-wrap gap-1.5 overflow-y-auto border-t border-border px-4 py-2">
      {files.map((file) => <Line key={file.key} file={file} state={coming.get(file.key)} onRetry={() => { composer.retryFile(file); }} onRemove={() => { composer.removeFile(file.key); }} />)}
    </ul>
  );
}

interface LineProps {
  readonly file: LetterFile;
  readonly state: Coming | undefined;
  readonly onRetry: () => void;
  readonly onRemove: () => void;
}

function Line({ file, state, onRetry, onRemove }: LineProps) {
  const { t } = useLingui();
  const { style } = useDates();
  const isFailed = state?.kind === "failed";
  const percent = state?.kind === "coming" ? Math.round(100 * state.share) : null;
  const Mark = file.isCloud ? Cloud : Paperclip;
  const isEmpty = file.size === 0 && !file.isCloud;
  const size = file.isCloud ? t`In the cloud` : isEmpty ? t`This file is empty` : fileSize(file.size, style.locale);
  return (
    <li className={cx("relative flex max-w-full items-center gap-2 overflow-hidden rounded-md border pl-2", isFailed ? "border-danger" : "border-border")}>
      {isFailed ? <CircleAlert size={16} aria-hidden className="shrink-0 text-danger" /> : <Mark size={16} aria-hidden className="shrink-0 text-muted" />}
      <span className="min-w-0 py-1">
        <bdi className="block max-w-64 truncate text-list">{file.name}</bdi>
        <span role="status" className={cx("tabular block text-fine", isFailed ? "text-danger" : isEmpty ? "text-warning" : "text-muted")}>
          {isFailed ? failure(state.error) : percent === null ? size : t`${percent} % of ${size}`}
        </span>
      </span>
      {isFailed && !(state.error instanceof FileLost) && <IconButton label={t`Upload ${file.name} again`} icon={<RotateCw size={16} aria-hidden />} onClick={onRetry} />}
      <IconButton label={percent === null ? t`Remove ${file.name}` : t`Stop uploading ${file.name}`} icon={<X size={16} aria-hidden />} onClick={onRemove} />
      {percent !== null && <span aria-hidden className="absolute bottom-0 left-0 h-0.5 bg-accent" style={{ width: `${String(percent)}%` }} />}
    </li>
  );
}

function failure(error: unknown): string {
  if (error instanceof FileLost) return say`Not uploaded: please attach it again, or remove it`;
  if (error instanceof Offline || error instanceof Busy) return say`Not uploaded: the server does not answer`;
  return say`Not uploaded: the server refused it`;
}
