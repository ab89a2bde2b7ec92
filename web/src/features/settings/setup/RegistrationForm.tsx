import { Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { ApiError, type Cloud, type MicrosoftChange, type MicrosoftSettings } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, explain } from "@/session";
import { Button, Details, Select, TextArea, TextField } from "@/ui";
import { isTenantWord, type TenantKind } from "../microsoft";
import { SavedMark } from "../SavedMark";
import { type Saved, useSaved } from "../useSaved";

interface FormProps {
  readonly settings: MicrosoftSettings;
  readonly onSaved: (fresh: MicrosoftSettings) => void;
}

/** What Microsoft shows after the registration. One form, because the values belong together. */
export function RegistrationForm({ settings, onSaved }: FormProps) {
  const { t } = useLingui();
  const saved = useSaved();
  const [draft, setDraft] = useState<MicrosoftChange>({});
  const merged = { ...settings, ...draft };
  const isChanged = Object.keys(draft).length > 0;
  const set = (change: MicrosoftChange) => setDraft({ ...draft, ...change });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const isDone = await saved.save(async () => onSaved(await admin.changeMicrosoft(draft)));
    if (isDone) setDraft({});
  };

  const clouds: readonly { value: Cloud; label: string }[] = [
    { value: "global", label: t`Worldwide (the usual one)` },
    { value: "us_gov", label: "US Government (GCC High)" },
    { value: "us_dod", label: "US Government (DoD)" },
    { value: "china", label: t`China (21Vianet)` },
  ];

  return (
      <form noValidate onSubmit={(event) => void submit(event)} className="flex max-w-2xl flex-col gap-5">
        {saved.error !== null && !fieldOf(saved) && <ErrorNote error={saved.error} />}
        <TextField
          label={t`Application (client) ID`}
          placeholder="00000000-0000-0000-0000-000000000000"
          autoComplete="off"
          spellCheck={false}
          value={merged.client_id}
          error={fieldError(saved, "client_id")}
          onChange={(event) => set({ client_id: event.target.value.trim() })}
        />
        <Tenant value={merged.tenant} error={fieldError(saved, "tenant")} onChange={(tenant) => set({ tenant })} />
        <Secret settings={settings} draft={draft} saved={saved} onChange={set} />
        <Certificate settings={settings} draft={draft} saved={saved} onChange={set} />
        <Select label={t`Cloud`} isLabelShown value={merged.cloud} onChange={(cloud) => set({ cloud })} choices={clouds} className="max-w-80" />
        <div className="flex gap-2">
          <Button type="submit" variant="primary" disabled={!isChanged} isBusy={saved.status === "saving"}>
            <Trans>Save Microsoft settings</Trans>
          </Button>
          <SavedMark saved={saved} />
          {isChanged && (
            <Button variant="ghost" onClick={() => setDraft({})}>
              <Trans>Discard changes</Trans>
            </Button>
          )}
        </div>
      </form>
  );
}

function fieldOf(saved: Saved): string | null {
  return saved.error instanceof ApiError ? saved.error.field : null;
}

function fieldError(saved: Saved, field: string): string | undefined {
  if (fieldOf(saved) !== field) return undefined;
  const { title, remedy } = explain(saved.error);
  return `${title} ${remedy}`;
}

interface TenantProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (tenant: string) => void;
}

function Tenant({ value, error, onChange }: TenantProps) {
  const { t } = useLingui();
  const kind: TenantKind = isTenantWord(value) ? value : "one";
  return (
    <div className="grid gap-3 phone:grid-cols-2">
      <Select<TenantKind>
        label={t`Who may sign in`}
        isLabelShown
        value={kind}
        onChange={(next) => onChange(next === "one" ? "" : next)}
        choices={[
          { value: "common", label: t`Work and personal accounts` },
          { value: "organizations", label: t`Work accounts of any organisation` },
          { value: "consumers", label: t`Personal accounts only` },
          { value: "one", label: t`One organisation only` },
        ]}
      />
      {kind === "one" && (
        <TextField
          label={t`Tenant ID or domain`}
          placeholder="example.onmicrosoft.com"
          autoComplete="off"
          spellCheck={false}
          value={value}
          error={error}
          onChange={(event) => onChange(event.target.value.trim())}
        />
      )}
    </div>
  );
}

interface PartProps {
  readonly settings: MicrosoftSettings;
  readonly draft: MicrosoftChange;
  readonly saved: Saved;
  readonly onChange: (change: MicrosoftChange) => void;
}

function Secret({ settings, draft, saved, onChange }: PartProps) {
  const { t, i18n } = useLingui();
  return (
    <div className="grid gap-3 phone:grid-cols-2">
      <TextField
        label={t`Client secret (its value, not its ID)`}
        hint={settings.has_secret ? t`A secret is stored. It is never shown; enter a new one to replace it.` : undefined}
        type="password"
        autoComplete="new-password"
        placeholder={settings.has_secret ? "••••••••••••" : ""}
        value={draft.secret ?? ""}
        error={fieldError(saved, "secret")}
        onChange={(event) => onChange({ secret: event.target.value })}
      />
      <TextField
        label={t`Secret ends on`}
        hint={t`We warn you six weeks before.`}
        type="date"
        lang={i18n.locale}
        value={(draft.secret_expires_at === undefined ? settings.secret_expires_at : draft.secret_expires_at)?.slice(0, 10) ?? ""}
        error={fieldError(saved, "secret_expires_at")}
        onChange={(event) => onChange({ secret_expires_at: event.target.value || null })}
      />
    </div>
  );
}

function Certificate({ settings, draft, saved, onChange }: PartProps) {
  const { t } = useLingui();
  const dates = useDates();
  const [isOpen, setOpen] = useState(false);
  const error = fieldError(saved, "certificate");
  if (!isOpen && !settings.has_certificate && !error) {
    return (
      <div>
        <Button variant="secondary" onClick={() => setOpen(true)}>
          <Trans>Use a certificate instead of a secret</Trans>
        </Button>
      </div>
    );
  }
  return (
    <div className="flex flex-col gap-2">
      <TextArea
        label={t`Certificate and private key (PEM)`}
        hint={settings.has_certificate ? t`A certificate is stored and used. Its key is never shown; paste a new pair to replace it.` : t`Upload the certificate without the key at Microsoft, and paste both here.`}
        rows={5}
        spellCheck={false}
        autoComplete="off"
        placeholder="-----BEGIN CERTIFICATE-----"
        value={draft.certificate ?? ""}
        error={error}
        onChange={(event) => onChange({ certificate: event.target.value })}
      />
      {settings.certificate_expires_at && (
        <p className="text-list text-muted">
          <Trans>The certificate ends on {dates.day(settings.certificate_expires_at)}.</Trans>
        </p>
      )}
      {settings.certificate_thumbprint && (
        <Details summary={<Trans>Thumbprint</Trans>} code={settings.certificate_thumbprint} />
      )}
      {settings.has_certificate && (
        <div>
          <Button onClick={() => onChange({ certificate: "" })} disabled={draft.certificate === ""}>
            <Trans>Remove certificate</Trans>
          </Button>
        </div>
      )}
    </div>
  );
}
