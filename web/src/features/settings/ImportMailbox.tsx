import { Trans, useLingui } from "@lingui/react/macro";
import { ShieldAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { type AccountRow, isApiError } from "@/api";
import { admin } from "@/api/admin";
import { addressProblem, tidyAddress } from "@/lib/address";
import { ErrorNote, explain, useDeed } from "@/session";
import { Button, Dialog, TextField } from "@/ui";
import { addressWords } from "./words";

export interface ImportMailboxProps {
  readonly onImported: (row: AccountRow) => void;
  readonly onMany: () => void;
}

/** The group "IMAP Import": one address field and the button. The warning must be confirmed before anything is created. */
export function ImportMailbox({ onImported, onMany }: ImportMailboxProps) {
  const { t } = useLingui();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [isAsking, setAsking] = useState(false);
  const deed = useDeed();
  const address = tidyAddress(text);

  const ask = (event: FormEvent) => {
    event.preventDefault();
    const found = addressProblem(address);
    if (found) setProblem(addressWords(found));
    else {
      deed.clear();
      setAsking(true);
    }
  };

  const create = async () => {
    let refusal: string | null = null;
    const isDone = await deed.run(async () => {
      try {
        onImported(await admin.importAccount(address));
      } catch (error) {
        if (!isApiError(error, "invalid_address") && !isApiError(error, "duplicate_address")) throw error;
        const { title, remedy } = explain(error);
        refusal = `${title} ${remedy}`;
      }
    });
    if (!isDone) return;
    setAsking(false);
    setProblem(refusal);
    if (refusal === null) setText("");
  };

  return (
    <section aria-labelledby="import-title" className="rounded-md border border-border bg-sunken px-5 py-4">
      <h2 id="import-title" className="text-reading font-semibold">
        <Trans>IMAP Import</Trans>
      </h2>
      <form noValidate onSubmit={ask} className="mt-3 flex flex-col gap-3 phone:flex-row phone:items-start">
        <TextField
          label={t`E-mail address`}
          placeholder={t`name@example.org`}
          inputMode="email"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={text}
          error={problem}
          onChange={(event) => {
            setText(event.target.value);
            setProblem(null);
          }}
          className="grow phone:max-w-md"
        />
        <Button type="submit" variant="primary" className="phone:mt-6">
          <Trans>Import Office 365</Trans>
        </Button>
        <Button variant="ghost" onClick={onMany} className="phone:mt-6">
          <Trans>Several at once …</Trans>
        </Button>
      </form>
      <Warning
        address={address}
        isOpen={isAsking}
        isBusy={deed.isBusy}
        error={deed.error}
        onConfirm={() => void create()}
        onClose={() => setAsking(false)}
      />
    </section>
  );
}

interface WarningProps {
  readonly address: string;
  readonly isOpen: boolean;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

function Warning({ address, isOpen, isBusy, error, onConfirm, onClose }: WarningProps) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={<Trans>All assigned users can read this mailbox</Trans>}
      actions={
        <>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" isBusy={isBusy} onClick={onConfirm}>
            <Trans>Understood, create mailbox</Trans>
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {error !== null && <ErrorNote error={error} />}
        <p className="flex items-center gap-3 rounded-md bg-warning-surface px-4 py-3 font-semibold break-all text-warning">
          <ShieldAlert size={18} aria-hidden className="shrink-0" />
          {address}
        </p>
        <p>
          <Trans>
            Everybody you assign to this mailbox can read its whole content, even without access to the Microsoft
            account itself.
          </Trans>
        </p>
        <p className="text-muted">
          <Trans>
            The mailbox appears in the list as “Waiting for sign-in”. Then assign users; one of them signs in at
            Microsoft once. Your confirmation is kept in the audit trail.
          </Trans>
        </p>
      </div>
    </Dialog>
  );
}
