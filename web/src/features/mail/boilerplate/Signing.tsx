import { useLingui } from "@lingui/react/macro";
import type { Boilerplate, Mailbox, SenderAddress, SigningChoice, WritingNeeds } from "@/api";
import { api } from "@/api";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Group, Select, SkeletonRows, showToast } from "@/ui";
import { signaturesOf } from "./filled";
import { forgetNeeds } from "./needs";

const USUAL = "usual";

/** With which signature one's own letters from a mailbox end, whatever the defaults say. */
export function Signing({ mailbox }: { readonly mailbox: Mailbox }) {
  const { t } = useLingui();
  const { resource, patch } = useResource<WritingNeeds>(mailbox.id, () => api.writing(mailbox.id));
  const deed = useDeed();
  const choose = (email: string, signature: SigningChoice, answer: SigningChoice): Promise<boolean> =>
    deed.run(async () => {
      const needs = await api.chooseSigning(mailbox.id, email, signature, answer);
      forgetNeeds();
      patch(() => needs);
    });
  const change = (one: SenderAddress, signature: SigningChoice, answer: SigningChoice): void => {
    void choose(one.email, signature, answer).then((isDone) => {
      if (isDone) showToast(t`So your letters from ${one.email} end from now on`, () => { void choose(one.email, one.chosen, one.answer_chosen); });
    });
  };
  return (
    <Group title={t`How my own letters end here`} intro={t`For you alone. Otherwise the mailbox's default counts, and where it has none, yours.`}>
      {deed.error !== null && <ErrorNote error={deed.error} className="mb-4" />}
      {resource.status === "failed" && <ErrorNote error={resource.error} />}
      {resource.status === "loading" && <SkeletonRows rows={1} />}
      {resource.status === "ready" && (
        <div className="flex flex-col gap-5">
          {resource.data.addresses.map((one) => (
            <fieldset key={one.email} className="grid gap-4 phone:grid-cols-2">
              <legend className="mb-2 text-list font-medium wrap-anywhere">{one.email}</legend>
              <Choice label={t`New messages`} chosen={one.chosen} usual={one.signature} all={signaturesOf(resource.data)} onChange={(next) => { change(one, next, one.answer_chosen); }} />
              <Choice label={t`Answers and forwards`} chosen={one.answer_chosen} usual={one.answer_signature} all={signaturesOf(resource.data)} onChange={(next) => { change(one, one.chosen, next); }} />
            </fieldset>
          ))}
          {resource.data.addresses.length === 0 && <p className="text-muted">{t`The addresses of this mailbox are not known yet. They are with the first letter.`}</p>}
        </div>
      )}
    </Group>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly chosen: SigningChoice;
  /** What it comes to. */
  readonly usual: string | null;
  readonly all: readonly Boilerplate[];
  readonly onChange: (next: SigningChoice) => void;
}

function Choice({ label, chosen, usual, all, onChange }: ChoiceProps) {
  const { t } = useLingui();
  const known = chosen === "none" || all.some(({ id }) => id === chosen) ? chosen : null;
  const name = all.find(({ id }) => id === usual)?.name;
  return (
    <Select
      label={label} isLabelShown value={known ?? USUAL} onChange={(next) => { onChange(next === USUAL ? null : next); }}
      choices={[
        { value: USUAL, label: known !== null ? t`As the defaults say` : name ? t`As the defaults say: ${name}` : t`As the defaults say: none` },
        ...all.map((each) => ({ value: each.id, label: each.name })), { value: "none", label: t`No signature` },
      ]}
    />
  );
}
