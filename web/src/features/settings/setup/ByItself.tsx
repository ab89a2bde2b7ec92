import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { AccountId, MicrosoftSettings } from "@/api";
import { type Choosable, type ExchangeCommands, type ProofSheet, setup } from "@/api/setup";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Banner, Button, Checkbox, SkeletonRows, TextField } from "@/ui";
import { Commands } from "./CopyField";
import { ProofResult } from "./ProofResult";

const lookEveryMs = 60_000; // a proof that has not succeeded is repeated by the server

/** Poststelle opens chosen mailboxes without a person: Exchange's rules for it, and the proof that they hold. */
export function ByItself({ settings }: { readonly settings: MicrosoftSettings }) {
  const { resource, reload, patch } = useResource(`proof ${settings.app_tenant ?? ""} ${settings.client_id}`, setup.proof, lookEveryMs);
  return (
    <>
      <p className="max-w-2xl">
        <Trans>Poststelle can open chosen mailboxes by itself, so that no changed password and no departed colleague stops them. Exchange then says which ones (“RBAC for Applications”), and a test proves that it opens no other.</Trans>
      </p>
      {!settings.app_tenant ? (
        <p className="text-muted"><Trans>First enter the organisation in step 6 and have it approved.</Trans></p>
      ) : resource.status === "failed" ? (
        <LoadError error={resource.error} onRetry={() => void reload()} />
      ) : resource.status === "loading" ? (
        <SkeletonRows rows={2} />
      ) : (
        <Choice sheet={resource.data} onProven={(fresh) => patch(() => fresh)} />
      )}
    </>
  );
}

function Choice({ sheet, onProven }: { readonly sheet: ProofSheet; readonly onProven: (fresh: ProofSheet) => void }) {
  const { t } = useLingui();
  const [chosen, setChosen] = useState<ReadonlySet<AccountId>>(() => chosenBefore(sheet));
  const [control, setControl] = useState(sheet.proof?.control.address ?? "");
  const [written, setWritten] = useState<ExchangeCommands | null>(null);
  const writing = useDeed();
  const proving = useDeed();
  const ids = sheet.mailboxes.filter((one) => chosen.has(one.id)).map((one) => one.id);
  const toggle = (id: AccountId, isOn: boolean) => {
    setChosen(new Set(isOn ? [...chosen, id] : [...chosen].filter((one) => one !== id)));
    setWritten(null); // the commands name what was chosen
  };
  if (sheet.mailboxes.length === 0) {
    return <p className="text-muted"><Trans>Import the mailboxes first; they need no sign-in for this.</Trans></p>;
  }
  return (
    <>
      <Mailboxes mailboxes={sheet.mailboxes} chosen={chosen} onToggle={toggle} />
      <TextField
        label={t`Control mailbox, which Poststelle must not be able to open`}
        hint={t`Any other mailbox that exists in the organisation, for example your own. Nothing in it is read.`}
        type="email"
        autoComplete="off"
        value={control}
        onChange={(event) => { setControl(event.target.value); setWritten(null); }}
        className="max-w-lg"
      />
      {writing.error !== null && <ErrorNote error={writing.error} />}
      <div>
        <Button disabled={ids.length === 0} isBusy={writing.isBusy} onClick={() => void writing.run(async () => setWritten(await setup.commands(ids, control)))}>
          <Trans>Write the commands</Trans>
        </Button>
      </div>
      {written && <Written commands={written} />}
      {proving.error !== null && <ErrorNote error={proving.error} />}
      <div>
        <Button
          variant="primary" disabled={ids.length === 0 || control.trim() === ""} isBusy={proving.isBusy}
          onClick={() => void proving.run(async () => onProven(await setup.prove(ids, control)))}
        >
          <Trans>Prove it</Trans>
        </Button>
      </div>
      {sheet.proof && <ProofResult proof={sheet.proof} narrow={written?.narrow ?? null} />}
      {sheet.proof?.verdict === "proven" && <ThenGive mailboxes={sheet.mailboxes.filter((one) => chosen.has(one.id) && !one.is_given)} />}
    </>
  );
}

/** What the newest proof was about; before the first one, what the application opens already. */
function chosenBefore({ proof, mailboxes }: ProofSheet): ReadonlySet<AccountId> {
  const tried = new Set(proof?.opened.map((one) => one.address));
  return new Set(mailboxes.filter((one) => (proof ? tried.has(one.address) : one.is_given)).map((one) => one.id));
}

interface MailboxesProps {
  readonly mailboxes: readonly Choosable[];
  readonly chosen: ReadonlySet<AccountId>;
  readonly onToggle: (id: AccountId, isOn: boolean) => void;
}

function Mailboxes({ mailboxes, chosen, onToggle }: MailboxesProps) {
  return (
    <fieldset className="min-w-0">
      <legend className="text-list font-medium"><Trans>Mailboxes that it is to open</Trans></legend>
      <div className="mt-1 grid max-h-64 gap-x-6 overflow-y-auto phone:grid-cols-2">
        {mailboxes.map((one) => (
          <Checkbox
            key={one.id} label={<span className="break-all">{one.address}</span>}
            hint={one.is_given ? <Trans>opened by the application</Trans> : undefined}
            checked={chosen.has(one.id)} onChange={(event) => onToggle(one.id, event.target.checked)}
          />
        ))}
      </div>
    </fieldset>
  );
}

function Written({ commands }: { readonly commands: ExchangeCommands }) {
  const { t } = useLingui();
  return (
    <div className="flex flex-col gap-4">
      <Banner tone="info">
        <Trans>An Exchange administrator runs these in one PowerShell window, from top to bottom. Exchange goes by new rules after half an hour to two hours.</Trans>
      </Banner>
      <Commands label={t`1. Connect`} text={commands.connect} />
      <Commands label={t`2. Give these mailboxes, and no other`} text={commands.allow} />
      <Commands label={t`3. Ask Exchange what holds`} text={commands.test} />
      <Commands label={t`Later: put further mailboxes into the group`} text={commands.add} />
      <Commands label={t`If application permissions were granted before: take them away`} text={commands.narrow} />
    </div>
  );
}

/** The last step is one for each mailbox: who will be able to read it must be confirmed there. */
function ThenGive({ mailboxes }: { readonly mailboxes: readonly Choosable[] }) {
  if (mailboxes.length === 0) return null;
  return (
    <div>
      <p><Trans>Now let the application open each mailbox, on its own page:</Trans></p>
      <ul className="mt-1 flex flex-col gap-1">
        {mailboxes.map((one) => (
          <li key={one.id}>
            <Link to="/settings/basic/email/external/$accountId" params={{ accountId: one.id }} className="break-all text-accent underline">{one.address}</Link>
          </li>
        ))}
      </ul>
    </div>
  );
}
