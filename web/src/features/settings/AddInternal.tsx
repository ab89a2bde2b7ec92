import { Trans, useLingui } from "@lingui/react/macro";
import { useLingui as useCatalog } from "@lingui/react";
import { ShieldAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { type AccountRow, api, isApiError, type Level, type UserId } from "@/api";
import { admin } from "@/api/admin";
import { addressProblem, tidyAddress } from "@/lib/address";
import { ErrorNote, explain, LoadError, useDeed, useResource } from "@/session";
import { Button, Checkbox, Dialog, Select, SkeletonRows, TextField } from "@/ui";
import { internalLevels, levelChoices } from "./AssignedUsers";
import { addressWords } from "./words";

type Chosen = ReadonlyMap<UserId, Level>;

/** One address field and the button; users and the warning follow in a dialog, before anything is created. */
export function AddInternal({ onAdded }: { readonly onAdded: (row: AccountRow) => void }) {
  const { t } = useLingui();
  const { i18n } = useCatalog();
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
  const create = async (chosen: Chosen) => {
    let refusal: string | null = null;
    const users = [...chosen].map(([id, level]) => ({ id, level }));
    const isDone = await deed.run(async () => {
      try {
        onAdded(await admin.addInternal(address, users, i18n.locale === "de" ? "de" : "en"));
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
    <section aria-labelledby="internal-title" className="rounded-md border border-border bg-sunken px-5 py-4">
      <h2 id="internal-title" className="text-reading font-semibold">
        <Trans>New internal mailbox</Trans>
      </h2>
      <form noValidate onSubmit={ask} className="mt-3 flex flex-col gap-3 phone:flex-row phone:items-start">
        <TextField
          label={t`E-mail address`}
          placeholder={t`archive@example.org`}
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
          <Trans>Create mailbox</Trans>
        </Button>
      </form>
      {isAsking && (
        <UsersDialog
          address={address} isBusy={deed.isBusy} error={deed.error}
          onConfirm={(chosen) => void create(chosen)} onClose={() => setAsking(false)}
        />
      )}
    </section>
  );
}

interface UsersDialogProps {
  readonly address: string;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly onConfirm: (chosen: Chosen) => void;
  readonly onClose: () => void;
}

/** Who may use it, with the warning in the same dialog; the button names the deed. */
function UsersDialog({ address, isBusy, error, onConfirm, onClose }: UsersDialogProps) {
  const [chosen, setChosen] = useState<Chosen>(new Map());
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={<Trans>Who may use {address}?</Trans>}
      actions={
        <>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button variant="primary" isBusy={isBusy} onClick={() => onConfirm(chosen)}>
            <Trans>Understood, create mailbox</Trans>
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {error !== null && <ErrorNote error={error} />}
        <Users chosen={chosen} onChosen={setChosen} />
        <p className="flex items-center gap-3 rounded-md bg-warning-surface px-4 py-3 text-warning">
          <ShieldAlert size={18} aria-hidden className="shrink-0" />
          <Trans>Everybody you assign to this mailbox can read its whole content. Your confirmation is kept in the audit trail.</Trans>
        </p>
        <p className="text-muted">
          <Trans>More users can be assigned at any time.</Trans>
        </p>
      </div>
    </Dialog>
  );
}

function Users({ chosen, onChosen }: { readonly chosen: Chosen; readonly onChosen: (chosen: Chosen) => void }) {
  const { t } = useLingui();
  const { resource, reload } = useResource("users", () => api.users());
  if (resource.status === "loading") return <SkeletonRows rows={2} />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const set = (id: UserId, level: Level | null) => {
    const next = new Map(chosen);
    if (level === null) next.delete(id);
    else next.set(id, level);
    onChosen(next);
  };
  return (
    <ul className="max-h-72 overflow-y-auto">
      {resource.data.filter((user) => user.is_active).map((user) => {
        const level = chosen.get(user.id);
        return (
          <li key={user.id} className="flex min-h-12 items-center justify-between gap-3 border-b border-border py-1 last:border-b-0">
            <Checkbox
              label={user.name} hint={user.login} checked={level !== undefined}
              onChange={(event) => set(user.id, event.target.checked ? "write" : null)}
            />
            {level && (
              <Select<Level>
                label={t`Level of ${user.name}`} value={level} onChange={(value) => set(user.id, value)}
                choices={levelChoices(internalLevels())} className="w-32 shrink-0"
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}
