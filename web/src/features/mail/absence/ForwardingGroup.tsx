import { useLingui } from "@lingui/react/macro";
import type { FormEvent, ReactNode } from "react";
import { useState } from "react";
import type { AccountId, Forwarding, ForwardingWish } from "@/api";
import { ApiError, api } from "@/api";
import { useDates } from "@/i18n";
import { ErrorNote, explain, useDeed, useResource } from "@/session";
import { Banner, Button, Group, Select, SkeletonRows, StateDot, Switch, TextArea, showToast } from "@/ui";
import { addressesIn } from "./addresses";

/** Where Microsoft sends on what comes. */
export function ForwardingGroup({ account }: { readonly account: AccountId }) {
  const { t } = useLingui();
  const { resource, reload, patch } = useResource(`forwarding ${account}`, () => api.forwarding(account));
  const isOn = resource.status === "ready" && resource.data.is_enabled;
  return (
    <Group
      title={t`Forwarding`} intro={t`A rule at Microsoft sends on everything that comes, also while Poststelle does not run.`}
      side={resource.status === "ready" && <StateDot tone={isOn ? "good" : "off"}>{isOn ? t`On` : t`Off`}</StateDot>}
    >
      {resource.status === "loading" && <SkeletonRows rows={3} />}
      {resource.status === "failed" && (
        <div className="flex flex-col items-start gap-3">
          <ErrorNote error={resource.error} />
          <Button onClick={() => void reload()}>{t`Try again`}</Button>
        </div>
      )}
      {resource.status === "ready" && (
        <div className="flex flex-col gap-4">
          <Troubles forwarding={resource.data} />
          {resource.data.may_change
            ? <Form key={JSON.stringify(resource.data)} account={account} forwarding={resource.data} onSaved={(fresh) => { patch(() => fresh); }} />
            : <Shown forwarding={resource.data} />}
          <Others forwarding={resource.data} />
        </div>
      )}
    </Group>
  );
}

/** What keeps it from doing what it says. */
function Troubles({ forwarding }: { readonly forwarding: Forwarding }) {
  const { t } = useLingui();
  const { full } = useDates();
  const { is_enabled, is_partial, is_broken, outside, refused_at } = forwarding;
  const names = outside.join(", ");
  return (
    <>
      {refused_at !== null && (
        <Banner tone="danger" title={t`Microsoft returned mail that was to be forwarded, last on ${full(refused_at)}.`}>
          {t`The organisation lets nothing be forwarded to outside addresses. Its administrator at Microsoft can allow it: in the Defender portal, anti-spam outbound policy, “Automatic forwarding rules”. The mail itself lies in this mailbox.`}
        </Banner>
      )}
      {is_broken && <Banner tone="danger" title={t`Microsoft says that the rule cannot be carried out.`}>{t`Save it again here; if that does not help, look at the rules in Outlook.`}</Banner>}
      {is_partial && <Banner tone="warning" title={t`Not everything is forwarded.`}>{t`Somebody has given the rule conditions in Outlook. Saving here takes them away.`}</Banner>}
      {is_enabled && refused_at === null && names !== "" && (
        <Banner tone="info" title={t`Outside your organisation: ${names}`}>
          {t`Many organisations forbid this. Microsoft takes the rule all the same and returns each message; then it is told here.`}
        </Banner>
      )}
    </>
  );
}

function Shown({ forwarding: { is_enabled, to, keeps_copy } }: { readonly forwarding: Forwarding }) {
  const { t } = useLingui();
  const names = to.join(", ");
  return (
    <div className="flex flex-col gap-2">
      {is_enabled && <p>{keeps_copy ? t`Everything that comes is forwarded to ${names}; a copy stays here.` : t`Everything that comes is forwarded to ${names} and deleted here.`}</p>}
      <p className="text-muted">{t`Those who manage this mailbox set its forwarding.`}</p>
    </div>
  );
}

interface FormProps {
  readonly account: AccountId;
  readonly forwarding: Forwarding;
  readonly onSaved: (fresh: Forwarding) => void;
}

type Manner = ForwardingWish["manner"];

function Form({ account, forwarding, onSaved }: FormProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const { is_enabled, to, keeps_copy, manner } = forwarding;
  const before: ForwardingWish = { is_enabled, to, keeps_copy, manner };
  const [form, setForm] = useState({ isOn: is_enabled, text: to.join("\n"), keepsCopy: keeps_copy, manner });
  const [isChanged, setChanged] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const set = (change: Partial<typeof form>): void => {
    setForm({ ...form, ...change });
    setChanged(true);
    setWrong(null);
    deed.clear();
  };
  const put = async (wish: ForwardingWish): Promise<void> => { onSaved(await api.setForwarding(account, wish)); };
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const written = addressesIn(form.text);
    if (form.isOn && (written.wrong !== null || written.addresses.length === 0)) {
      setWrong(written.wrong === null ? t`Enter an address.` : t`“${written.wrong}” is no complete e-mail address.`);
      return;
    }
    const wish: ForwardingWish = { is_enabled: form.isOn, to: written.wrong === null ? written.addresses : to, keeps_copy: form.keepsCopy, manner: form.manner };
    if (!(await deed.run(() => put(wish)))) return;
    showToast(wish.is_enabled ? t`Forwarding saved` : t`Forwarding is off`, () => { void deed.run(() => put(before)); });
  };
  const atTo = deed.error instanceof ApiError && deed.error.field === "to" ? explain(deed.error) : null;
  return (
    <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4" noValidate>
      {deed.error !== null && !atTo && <ErrorNote error={deed.error} />}
      <Switch label={t`Forward everything that comes`} isOn={form.isOn} onChange={(isOn) => { set({ isOn }); }} />
      {form.isOn && (
        <>
          <TextArea
            label={t`To`} rows={3} value={form.text} spellCheck={false} className="max-w-md" hint={t`A line for each address.`}
            error={wrong ?? (atTo && `${atTo.title} ${atTo.remedy}`)} onChange={({ target }) => { set({ text: target.value }); }}
          />
          <Select<Manner>
            label={t`How it arrives`} isLabelShown value={form.manner} onChange={(next) => { set({ manner: next }); }} className="w-96 max-w-full"
            choices={[
              { value: "unchanged", label: t`as it came: answers go to its sender` },
              { value: "forwarded", label: t`as a forwarded message of this mailbox` },
            ]}
          />
          <Switch
            label={t`Keep a copy`} isOn={form.keepsCopy} onChange={(keepsCopy) => { set({ keepsCopy }); }}
            hint={t`Else what is forwarded goes to the deleted items here, and nobody who works in this mailbox sees it in the inbox.`}
          />
        </>
      )}
      <div><Button variant="primary" type="submit" isBusy={deed.isBusy} disabled={!isChanged}>{t`Save the forwarding`}</Button></div>
    </form>
  );
}

/** Rules made in Outlook that send mail on: they are left alone, and should surprise nobody. */
function Others({ forwarding: { others } }: { readonly forwarding: Forwarding }): ReactNode {
  const { t } = useLingui();
  if (others.length === 0) return null;
  return (
    <section className="flex flex-col gap-1 border-t border-border pt-3" aria-label={t`Rules made in Outlook`}>
      <h3 className="text-list font-medium">{t`Rules made in Outlook that also send mail on`}</h3>
      <ul className="flex flex-col gap-1 text-list">
        {others.map(({ name, to, is_partial }, index) => {
          const names = to.join(", ");
          return <li key={`${String(index)} ${name}`}>{is_partial ? t`“${name}”: some of the mail, to ${names}` : t`“${name}”: all mail, to ${names}`}</li>;
        })}
      </ul>
    </section>
  );
}
