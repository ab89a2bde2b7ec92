import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Upload } from "lucide-react";
import { useRef, useState } from "react";
import { type AccountRow, type ImportedFile } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button } from "@/ui";
import { MailboxExport } from "./MailboxExport";
import { Group } from "./Page";

/** An internal mailbox as a file, and files into it; for those who are assigned to it. */
export function MailboxFiles({ row, onChanged }: { readonly row: AccountRow; readonly onChanged: () => void }) {
  return (
    <Group
      title={<Trans>Import and export</Trans>}
      intro={<Trans>Messages as files, as other mail programs read and write them.</Trans>}
    >
      <div className="flex flex-col gap-4">
        <Import row={row} onChanged={onChanged} />
        <MailboxExport id={row.id} />
        {row.is_vip && <p className="max-w-xl text-list text-muted"><Trans>VIP: your export holds only messages of the time when you were assigned.</Trans></p>}
      </div>
    </Group>
  );
}

function Import({ row, onChanged }: { readonly row: AccountRow; readonly onChanged: () => void }) {
  const { t } = useLingui();
  const input = useRef<HTMLInputElement>(null);
  const deed = useDeed();
  const [share, setShare] = useState(0);
  const [done, setDone] = useState<ImportedFile | null>(null);

  const bring = async (files: readonly File[]) => {
    setDone(null);
    const whole = files.reduce((sum, file) => sum + file.size, 0) || 1;
    let before = 0;
    let result: ImportedFile = { messages: 0, refused: 0, missing: 0 };
    await deed.run(async () => {
      for (const file of files) {
        setShare(before / whole);
        const part = await admin.importFile(row.id, file, (taken) => setShare((before + taken * file.size) / whole));
        result = {
          messages: result.messages + part.messages,
          refused: result.refused + part.refused,
          missing: result.missing + part.missing,
        };
        before += file.size;
      }
    });
    setDone(result);
    onChanged();
  };

  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-col items-start justify-between gap-x-6 gap-y-2 phone:flex-row">
        <div>
          <p className="font-medium"><Trans>Import messages</Trans></p>
          <p className="max-w-xl text-list text-muted">
            <Trans>mbox or EML files, or ZIP archives of such. Files exported here come back as they were; other messages come into the archive folder, or the folders of the archive file, and count as read.</Trans>
          </p>
        </div>
        <Button icon={<Upload size={16} aria-hidden />} isBusy={deed.isBusy} onClick={() => input.current?.click()}>
          <Trans>Choose files …</Trans>
        </Button>
        <input
          ref={input} type="file" multiple accept=".mbox,.mbx,.eml,.zip,application/mbox,message/rfc822,application/zip" aria-label={t`Files to import`}
          className="hidden"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = "";
            if (files.length > 0) void bring(files);
          }}
        />
      </div>
      {deed.isBusy && <progress aria-label={t`Import`} value={share} max={1} className="h-1.5 w-full" />}
      {deed.isBusy && (
        <p className="text-list text-muted">
          {share < 1 ? <Trans>{Math.floor(share * 100)} % of the files are on the server.</Trans> : <Trans>The last messages are being put in …</Trans>}
        </p>
      )}
      {deed.error !== null && <ErrorNote error={deed.error} />}
      {done && done.messages > 0 && (
        <Banner tone="success">
          <Plural value={done.messages} one="# message was imported." other="# messages were imported." />{" "}
          {done.refused > 0 && <Plural value={done.refused} one="# piece was no message." other="# pieces were no messages." />}{" "}
          {done.missing > 0 && <Plural value={done.missing} one="# message was missing in the file already." other="# messages were missing in the file already." />}
        </Banner>
      )}
    </div>
  );
}
