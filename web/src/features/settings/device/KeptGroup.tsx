import { Trans, useLingui } from "@lingui/react/macro";
import { plural } from "@lingui/core/macro";
import { useEffect, useState } from "react";
import type { Me } from "@/api";
import { forgetKept } from "@/device/kept-names";
import { changeWishes, useWishes } from "@/device/wishes";
import { useDates } from "@/i18n";
import { Kept, type KeptAccount } from "@/offline/kept";
import { ErrorNote } from "@/session";
import { Switch } from "@/ui";
import { Group } from "../Page";
import { SavedMark } from "../SavedMark";
import { useSaved } from "../useSaved";

/** Recent mail for reading without a connection. */
export function KeptGroup({ me }: { readonly me: Me }) {
  const { t } = useLingui();
  const saved = useSaved();
  const { keepsMail } = useWishes(me.id);
  const put = (isOn: boolean) => async () => {
    changeWishes(me.id, { keepsMail: isOn });
    if (!isOn) await forgetKept(me.id);
  };
  return (
    <Group title={<Trans>Reading without a connection</Trans>} side={<SavedMark saved={saved} />}>
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      <Switch
        label={t`Keep recent mail on this device`}
        hint={t`The newest 200 messages in the inbox of the mailboxes you open, without attachments and remote pictures. Whoever can use this device and this browser can read them. They are removed when you log out and when your access ends.`}
        isOn={keepsMail === true}
        onChange={(isOn) => void saved.save(put(isOn), put(!isOn))}
      />
      {keepsMail === true && <Held userId={me.id} />}
    </Group>
  );
}

/** What is kept by now. */
function Held({ userId }: { readonly userId: string }) {
  const { clock } = useDates();
  const [accounts, setAccounts] = useState<readonly KeptAccount[] | null>(null);
  useEffect(() => {
    const kept = new Kept(userId);
    kept.accounts().then(setAccounts, () => { setAccounts([]); });
    return () => { void kept.close().catch(() => undefined); };
  }, [userId]);
  if (!accounts) return null;
  const count = accounts.reduce((sum, { ids }) => sum + ids.length, 0);
  const newest = accounts.map(({ at }) => at).toSorted().at(-1);
  if (!newest) return <p className="mt-2 text-list text-muted"><Trans>Nothing is kept yet. It begins when you open a mailbox.</Trans></p>;
  const messages = plural(count, { one: "# message", other: "# messages" });
  const mailboxes = plural(accounts.length, { one: "# mailbox", other: "# mailboxes" });
  const time = clock(newest);
  return <p className="tabular mt-2 text-list text-muted"><Trans>Kept: {messages} of {mailboxes}, as of {time}</Trans></p>;
}
