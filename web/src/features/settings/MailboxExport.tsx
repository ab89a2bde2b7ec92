import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Download } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { type AccountId, ApiError, type ExportFormat, type ExportRow } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button } from "@/ui";

const LOOK_MS = 1_000;
/** How often it is looked for an export that the browser was told to load. */
const MOST_LOOKS = 20;

/** The mailbox as a file: the browser loads it, and the server tells how far it is. */
export function MailboxExport({ id, load = loaded }: { readonly id: AccountId; readonly load?: (path: string) => void }) {
  const deed = useDeed();
  const { newest, watch } = useNewest(id);
  const begin = (format: ExportFormat) => {
    void deed.run(async () => {
      const { exports, may_begin } = await admin.exports(id);
      if (!may_begin) throw new ApiError(429, "too_many_exports", "");
      load(`/api/mailboxes/${id}/export?format=${format}`);
      watch(exports[0]?.id ?? 0);
    });
  };

  return (
    <div className="flex flex-col gap-3 border-t border-border pt-4">
      <div className="flex flex-col items-start justify-between gap-x-6 gap-y-2 phone:flex-row">
        <div>
          <p className="font-medium"><Trans>Export the mailbox</Trans></p>
          <p className="max-w-xl text-list text-muted">
            <Trans>All messages as one mbox file, or each as an EML file in a ZIP archive, by folders. Folders and marks are in both, for an import here.</Trans>
          </p>
        </div>
        <div className="flex gap-2">
          <Button icon={<Download size={16} aria-hidden />} onClick={() => { begin("mbox"); }}><Trans>mbox</Trans></Button>
          <Button icon={<Download size={16} aria-hidden />} onClick={() => { begin("zip"); }}><Trans>ZIP</Trans></Button>
        </div>
      </div>
      {deed.error !== null && <ErrorNote error={deed.error} />}
      {newest && <Told row={newest} />}
    </div>
  );
}

function Told({ row }: { readonly row: ExportRow }) {
  const { t, i18n } = useLingui();
  if (row.state === "running") {
    const [done, total] = [i18n.number(row.done), i18n.number(Math.max(row.total, row.done))];
    return (
      <div className="flex flex-col gap-1" role="status">
        <progress aria-label={t`Export`} value={row.done} max={Math.max(row.total, row.done, 1)} className="h-1.5 w-full" />
        <p className="text-list text-muted"><Trans>{done} of {total} messages are in the file.</Trans></p>
      </div>
    );
  }
  if (row.state === "broken_off") {
    return (
      <Banner tone="danger">
        <Trans>The export broke off, or was cancelled in the browser. What was loaded is not whole; please export again.</Trans>
      </Banner>
    );
  }
  return (
    <Banner tone={row.left_out > 0 ? "warning" : "success"}>
      <Plural value={row.done - row.left_out} one="# message was exported." other="# messages were exported." />{" "}
      {row.left_out > 0 && (
        <Plural
          value={row.left_out}
          one="# message could not be read on the server and is missing. The end of the file names it."
          other="# messages could not be read on the server and are missing. The end of the file names them."
        />
      )}
    </Banner>
  );
}

/** The user's newest export of this mailbox that was under way since the page was opened; looked at until it ends. */
function useNewest(id: AccountId): { newest: ExportRow | null; watch: (after: number) => void } {
  const [newest, setNewest] = useState<ExportRow | null>(null);
  const [after, setAfter] = useState<number | null>(null);

  useEffect(() => {
    let isOver = false;
    admin.exports(id).then(({ exports }) => {
      const running = exports.find((row) => row.state === "running");
      if (!isOver && running) setAfter(running.id - 1);
    }, () => undefined);
    return () => { isOver = true; };
  }, [id]);

  useEffect(() => {
    if (after === null) return;
    let left = MOST_LOOKS;
    const look = async () => {
      const row = (await admin.exports(id)).exports.find((one) => one.id > after);
      if (row) setNewest(row);
      if (row ? row.state !== "running" : (left -= 1) === 0) window.clearInterval(timer);
    };
    const timer = window.setInterval(() => { look().catch(() => undefined); }, LOOK_MS);
    return () => { window.clearInterval(timer); };
  }, [id, after]);

  const watch = useCallback((before: number) => { setNewest(null); setAfter(before); }, []);
  return { newest, watch };
}

/** As if a link to it had been followed: the browser loads it beside the page. */
function loaded(path: string): void {
  const link = document.createElement("a");
  link.href = path;
  link.download = "";
  link.click();
}
