import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Archive as Icon } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { AccountRow, Archive, ArchiveChange } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Button, buttonClass, Checkbox, Dialog, StateDot } from "@/ui";
import { FormDialog } from "../FormDialog";
import { Group } from "../Page";
import { ProofFields, useProof } from "../security/proof";
import { ArchiveProgress, Holds } from "./ArchiveProgress";

/** Whether all that comes to the mailbox or leaves it is kept for good. */
export function ArchiveOption({ row }: { readonly row: AccountRow }) {
  const { resource, patch } = useResource(`archive ${row.id}`, () => admin.archive(row.id), 4000);
  const [asked, setAsked] = useState<"on" | "old" | "off" | null>(null);
  const archive = resource.status === "ready" ? resource.data : null;
  const close = () => setAsked(null);
  const change = { row, onDone: (fresh: Archive) => { patch(() => fresh); close(); }, onClose: close };
  return (
    <Group
      title={<Trans>Archiving</Trans>}
      intro={
        <Trans>
          Every incoming and outgoing message is kept as it is, whatever happens to it in the mailbox. Nothing in the archive can be
          changed unnoticed; only administrators read it, and each time is in the audit trail.
        </Trans>
      }
    >
      {resource.status === "failed" && <ErrorNote error={resource.error} />}
      {archive && (
        <div className="flex flex-col gap-4">
          <State archive={archive} />
          <ArchiveProgress archive={archive} />
          <div className="flex flex-wrap gap-2">
            {archive.state !== "on" && <Button variant="primary" onClick={() => setAsked("on")}><Trans>Turn the archive on …</Trans></Button>}
            {archive.state !== "none" && (
              <Link to="/settings/basic/archive" search={{ of: row.id }} className={buttonClass("secondary")}>
                <Icon size={16} aria-hidden />
                <Trans>Look into the archive</Trans>
              </Link>
            )}
            {archive.state === "on" && !archive.is_filling && (
              <Button onClick={() => setAsked("old")}><Trans>Archive what is here already …</Trans></Button>
            )}
            {archive.state === "on" && <Button onClick={() => setAsked("off")}><Trans>Turn the archive off …</Trans></Button>}
          </div>
        </div>
      )}
      {asked === "on" && <TurnOn {...change} />}
      {asked === "old" && <TakeOld {...change} />}
      {asked === "off" && <TurnOff {...change} />}
    </Group>
  );
}

function State({ archive }: { readonly archive: Archive }) {
  const dates = useDates();
  const since = archive.turned_at === null ? "" : dates.full(archive.turned_at);
  if (archive.state === "gone") return <StateDot tone="bad"><Trans>The archive is missing, and nobody here has deleted it</Trans></StateDot>;
  if (archive.state === "none") return <StateDot tone="off"><Trans>Off: nothing is archived</Trans></StateDot>;
  return (
    <div className="flex flex-col gap-1">
      <StateDot tone={archive.state === "on" ? "good" : "off"}>
        {archive.state === "on" ? <Trans>On since {since}</Trans> : <Trans>Off since {since}; what is in the archive stays</Trans>}
      </StateDot>
      <Holds archive={archive} />
    </div>
  );
}

interface AskProps {
  readonly row: AccountRow;
  readonly onDone: (fresh: Archive) => void;
  readonly onClose: () => void;
}

interface SureProps extends AskProps {
  readonly title: ReactNode;
  readonly button: ReactNode;
  readonly change: ArchiveChange;
  readonly children: ReactNode;
}

function Sure({ row, onDone, onClose, title, button, change, children }: SureProps) {
  const deed = useDeed();
  const act = () => void deed.run(async () => { onDone(await admin.changeArchive(row.id, change)); });
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}><Trans>Cancel</Trans></Button>
          <Button variant="primary" isBusy={deed.isBusy} onClick={act}>{button}</Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {deed.error !== null && <ErrorNote error={deed.error} />}
        {children}
      </div>
    </Dialog>
  );
}

function TurnOn(props: AskProps) {
  const { t } = useLingui();
  const [isWithOld, setWithOld] = useState(false);
  const address = props.row.address;
  return (
    <Sure {...props} title={<Trans>Archive {address}?</Trans>} button={<Trans>Turn the archive on</Trans>} change={{ is_on: true, with_old: isWithOld }}>
      <p>
        <Trans>
          From now on every message that arrives here or is sent goes into the archive, once, with all its attachments. Drafts do not.
          It stays there when it is deleted in the mailbox, and also when the mailbox is disconnected or deleted here.
        </Trans>
      </p>
      <Checkbox
        label={t`Also archive all messages that are here already`}
        hint={t`In the background; with a large mailbox that takes hours.`}
        checked={isWithOld}
        onChange={(event) => setWithOld(event.target.checked)}
      />
      <p className="text-list text-muted">
        <Trans>Keeping all mail is something the people concerned must be told of, and it needs room on the server.</Trans>
      </p>
    </Sure>
  );
}

function TakeOld(props: AskProps) {
  return (
    <Sure {...props} title={<Trans>Archive all messages that are here?</Trans>} button={<Trans>Archive them</Trans>} change={{ is_on: true, with_old: true }}>
      <p>
        <Trans>In the background; new messages come before them. What is in the archive already is not put in twice.</Trans>
      </p>
    </Sure>
  );
}

function TurnOff({ row, onDone, onClose }: AskProps) {
  const deed = useDeed();
  const proof = useProof();
  const address = row.address;
  const act = () => deed.run(async () => { onDone(await admin.changeArchive(row.id, { is_on: false, proof: await proof.get() })); });
  return (
    <FormDialog
      title={<Trans>Archive nothing more of {address}?</Trans>}
      button={<Trans>Turn the archive off</Trans>}
      deed={deed}
      onClose={onClose}
      onSubmit={() => void act()}
    >
      <p>
        <Trans>What arrives or is sent from now on is not archived. What is in the archive stays, and the archive itself notes that it was turned off.</Trans>
      </p>
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}
