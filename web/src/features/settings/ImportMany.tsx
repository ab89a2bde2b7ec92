import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type ImportedLine } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, explain, useDeed } from "@/session";
import { Button, Checkbox, Dialog, TextArea } from "@/ui";
import { reasonWords } from "./words";

interface Report extends ImportedLine {
  /** What became of the application's access to it, in words; null while or unless it was asked for. */
  readonly access: string | null;
}

/** Many addresses at once, a line each or a pasted table; afterwards a report line by line. */
export function ImportMany({ isOpen, onClose, onImported }: { readonly isOpen: boolean; readonly onClose: () => void; readonly onImported: () => void }) {
  const { t } = useLingui();
  const [text, setText] = useState("");
  const [withApplication, setWithApplication] = useState(false);
  const [report, setReport] = useState<readonly Report[] | null>(null);
  const deed = useDeed();

  const close = () => {
    setReport(null);
    deed.clear();
    onClose();
  };
  const run = () =>
    void deed.run(async () => {
      const lines: Report[] = (await admin.importMany(text)).map((line) => ({ ...line, access: null }));
      setReport(lines);
      setText("");
      onImported();
      if (!withApplication) return;
      for (const [place, line] of lines.entries()) {
        if (!line.account) continue;
        lines[place] = { ...line, access: await open(line.account, t`opened by the application`) };
        setReport([...lines]);
      }
      onImported();
    });

  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      width="wide"
      title={<Trans>Import many mailboxes</Trans>}
      actions={
        report ? (
          <Button variant="primary" isBusy={deed.isBusy} onClick={close}><Trans>Done</Trans></Button>
        ) : (
          <>
            <Button onClick={close}><Trans>Cancel</Trans></Button>
            <Button variant="primary" isBusy={deed.isBusy} disabled={!text.trim()} onClick={run}>
              <Trans>Understood, create mailboxes</Trans>
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {deed.error !== null && <ErrorNote error={deed.error} />}
        {report ? <Lines report={report} /> : (
          <>
            <TextArea
              label={t`Addresses`}
              hint={t`One address a line. A table pasted from elsewhere may have other columns; the column with the address is found.`}
              rows={8}
              spellCheck={false}
              value={text}
              onChange={(event) => setText(event.target.value)}
            />
            <Checkbox
              label={t`Open them by application at once (as approved in the Microsoft settings)`}
              checked={withApplication}
              onChange={(event) => setWithApplication(event.target.checked)}
            />
            <p className="text-muted">
              <Trans>
                Everybody you assign to one of these mailboxes can read its whole content, even without access to the
                Microsoft account itself. Your confirmation is kept in the audit trail.
              </Trans>
            </p>
          </>
        )}
      </div>
    </Dialog>
  );
}

async function open(account: string, done: string): Promise<string> {
  try {
    await admin.allowApplication(account);
    return done;
  } catch (error) {
    return explain(error).title;
  }
}

function Lines({ report }: { readonly report: readonly Report[] }) {
  const { t } = useLingui();
  const added = report.filter((line) => line.outcome === "added").length;
  const total = report.length;
  const outcome = (line: Report): string => {
    if (line.outcome === "added") return line.access ? t`created, ${line.access}` : t`created`;
    if (line.outcome === "duplicate") return t`is there already`;
    if (line.outcome === "twice") return t`stands in the list twice`;
    return reasonWords(line.reason);
  };
  return (
    <>
      <p className="font-semibold" role="status"><Trans>{added} of {total} mailboxes created</Trans></p>
      <ul className="max-h-80 overflow-y-auto">
        {report.map((line) => (
          <li key={line.line} className="flex flex-wrap gap-x-3 border-b border-border py-1.5 text-list last:border-b-0">
            <span className="tabular w-8 shrink-0 text-right text-muted">{line.line}</span>
            <span className="min-w-0 grow basis-52 wrap-anywhere">{line.text}</span>
            <span className={line.outcome === "added" ? "text-success" : "text-warning"}>{outcome(line)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
