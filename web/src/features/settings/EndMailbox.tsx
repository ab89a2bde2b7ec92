import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { AccountRow } from "@/api";
import { admin } from "@/api/admin";
import { isSameAddress } from "@/lib/address";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Button, Dialog, TextField } from "@/ui";
import { ArchiveLeft } from "./archive/ArchiveLeft";
import type { PatchRow } from "./MailboxPage";
import { StillWaiting, type Waiting, waitingOf } from "./StillWaiting";
import { Group } from "./Page";
import { isAtProof, useAskedProof } from "./security/askedProof";
import { ProofFields } from "./security/proof";

interface EndProps {
  readonly row: AccountRow;
  readonly patch: PatchRow;
}

/** Disconnect keeps the data, delete does not; both say what stays at Microsoft. */
export function EndMailbox({ row, patch }: EndProps) {
  return (
    <Group title={row.type === "local" ? <Trans>Delete</Trans> : <Trans>Disconnect or delete</Trans>}>
      <div className="flex flex-col gap-4">
        {row.sign_in && <Disconnect row={row} patch={patch} />}
        <Delete row={row} />
      </div>
    </Group>
  );
}

function Line({ title, text, button }: { readonly title: ReactNode; readonly text: ReactNode; readonly button: ReactNode }) {
  return (
    <div className="flex flex-col items-start justify-between gap-x-6 gap-y-2 border-b border-border pb-4 last:border-b-0 last:pb-0 phone:flex-row">
      <div>
        <p className="font-medium">{title}</p>
        <p className="max-w-xl text-list text-muted">{text}</p>
      </div>
      {button}
    </div>
  );
}

function Disconnect({ row, patch }: EndProps) {
  const [isOpen, setOpen] = useState(false);
  const deed = useDeed();
  const proof = useAskedProof();
  const close = () => {
    setOpen(false);
    proof.clear();
    deed.clear();
  };
  const disconnect = async () => {
    const isDone = await deed.run(async () => {
      try {
        const fresh = await admin.disconnect(row.id, proof.isAsked ? await proof.form.get() : undefined);
        patch(() => fresh);
      } catch (error) {
        proof.noteAsked(error);
        throw error;
      }
    });
    if (isDone) close();
  };
  return (
    <>
      <Line
        title={<Trans>Disconnect from Microsoft</Trans>}
        text={
          <Trans>
            The stored sign-in is forgotten. Messages, assignments and options stay here; after a new sign-in everything
            goes on as before.
          </Trans>
        }
        button={
          <Button onClick={() => setOpen(true)}>
            <Trans>Disconnect</Trans>
          </Button>
        }
      />
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={<Trans>Disconnect {row.address}?</Trans>}
        actions={
          <>
            <Button onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button variant="primary" isBusy={deed.isBusy} onClick={() => void disconnect()}>
              <Trans>Disconnect from Microsoft</Trans>
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          {deed.error !== null && !isAtProof(deed.error) && <ErrorNote error={deed.error} />}
          <p>
            <Trans>
              No new mail is fetched and nothing is sent until somebody has signed in at Microsoft again. Messages already
              loaded stay readable for the assigned users.
            </Trans>
          </p>
          {isOpen && proof.isAsked && <ProofFields form={proof.form} deed={deed} field="proof" />}
        </div>
      </Dialog>
    </>
  );
}

function Delete({ row }: { readonly row: AccountRow }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [takesArchive, setTakesArchive] = useState(false);
  const [discards, setDiscards] = useState(false);
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const deed = useDeed();
  const proof = useAskedProof();
  const archive = useResource(`archive ${row.id}`, () => admin.archive(row.id)).resource;
  const needsProof = proof.isAsked || takesArchive || (archive.status === "ready" && archive.data.state === "on");
  const isInternal = row.type === "local";
  const isMatch = isSameAddress(typed, row.address);
  const close = () => {
    setOpen(false);
    setTyped("");
    setTakesArchive(false);
    setDiscards(false);
    setWaiting(null);
    proof.clear();
    deed.clear();
  };
  const destroy = async () => {
    const isDone = await deed.run(async () => {
      try {
        await admin.deleteAccount(row.id, typed, takesArchive, discards, needsProof ? await proof.form.get() : undefined);
      } catch (error) {
        // A wrong password says nothing about what is still waiting.
        const found = waitingOf(error);
        if (found) setWaiting(found);
        proof.noteAsked(error);
        throw error;
      }
    });
    if (!isDone) return;
    // The page of what is gone is no place to come back to.
    void navigate({ to: isInternal ? "/settings/basic/email/internal" : "/settings/basic/email/external", replace: true });
  };
  return (
    <>
      <Line
        title={isInternal ? <Trans>Delete mailbox</Trans> : <Trans>Delete mailbox here</Trans>}
        text={isInternal
          ? <Trans>All of its messages are deleted for good. They are stored nowhere else.</Trans>
          : <Trans>Everything stored here is deleted for good. The mailbox at Microsoft stays as it is.</Trans>}
        button={
          <Button className="text-danger" onClick={() => setOpen(true)}>
            <Trans>Delete mailbox …</Trans>
          </Button>
        }
      />
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={<Trans>Delete {row.address} here?</Trans>}
        actions={
          <>
            <Button onClick={close}>
              <Trans>Cancel</Trans>
            </Button>
            <Button variant="danger" disabled={!isMatch || (waiting !== null && !discards)} isBusy={deed.isBusy} onClick={() => void destroy()}>
              <Trans>Delete mailbox for good</Trans>
            </Button>
          </>
        }
      >
        <div className="flex flex-col gap-4">
          {deed.error !== null && !waitingOf(deed.error) && !isAtProof(deed.error) && <ErrorNote error={deed.error} />}
          <p>
            {isInternal ? (
              <Trans>
                All messages, assignments and options are deleted; the assigned users lose access at once. The messages are
                stored nowhere else: export them first if they may be needed again.
              </Trans>
            ) : (
              <Trans>
                All messages, assignments and options stored here are deleted; the assigned users lose access at once.
                Nothing is deleted at Microsoft.
              </Trans>
            )}
          </p>
          {waiting && <StillWaiting waiting={waiting} isDiscarded={discards} onChange={setDiscards} />}
          {isOpen && <ArchiveLeft id={row.id} isTaken={takesArchive} onChange={setTakesArchive} />}
          <TextField
            label={t`To confirm, type the address ${row.address}`}
            value={typed}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            onChange={(event) => setTyped(event.target.value)}
          />
          {isOpen && needsProof && <ProofFields form={proof.form} deed={deed} field="proof" />}
        </div>
      </Dialog>
    </>
  );
}
