import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type AccountRow } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote } from "@/session";
import { Banner, Switch, TextField } from "@/ui";
import type { PatchRow } from "./MailboxPage";
import { Group } from "./Page";
import { SavedMark } from "./SavedMark";
import { useSaved } from "./useSaved";

type Options = Pick<AccountRow, "name" | "is_active" | "is_vip">;

/** What can be set for a mailbox of any type; every change acts at once and can be undone. */
export function MailboxOptions({ row, patch }: { readonly row: AccountRow; readonly patch: PatchRow }) {
  const { t } = useLingui();
  const saved = useSaved();
  const [draft, setDraft] = useState<string | null>(null);

  const put = (options: Partial<Options>) => async () => {
    const fresh = await admin.changeAccount(row.id, options);
    patch(() => fresh);
  };
  const saveName = async () => {
    if (draft === null || draft.trim() === row.name) return setDraft(null);
    if (await saved.save(put({ name: draft.trim() }), put({ name: row.name }))) setDraft(null);
  };
  const saveActive = (is_active: boolean) => void saved.save(put({ is_active }), put({ is_active: row.is_active }));

  const saveVip = (is_vip: boolean) => void saved.save(put({ is_vip }), put({ is_vip: row.is_vip === true }));

  return (
    <Group title={<Trans>Options</Trans>} side={<SavedMark saved={saved} />}>
      <div className="flex flex-col gap-4">
        {saved.error !== null && <ErrorNote error={saved.error} />}
        <TextField
          label={t`E-mail name`}
          hint={t`The name recipients see. If it is empty, the sender's own name is used. Saved when you leave the field.`}
          value={draft ?? row.name}
          maxLength={100}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => void saveName()}
          onKeyDown={(event) => {
            if (event.key === "Enter") void saveName();
            if (event.key === "Escape") setDraft(null);
          }}
          className="max-w-md"
        />
        {row.type !== "local" && (
          <div className="border-t border-border pt-3">
            <Switch
              label={t`Active`}
              hint={t`When off, nothing new is fetched and the mailbox is marked inactive. Sending stays possible.`}
              isOn={row.is_active}
              onChange={saveActive}
            />
          </div>
        )}
        <div className="flex flex-col gap-3 border-t border-border pt-3">
          <Switch
            label={t`VIP`}
            hint={t`What a message leaves behind outside this mailbox is shown only to those who were assigned when it arrived or was sent.`}
            isOn={row.is_vip === true}
            onChange={saveVip}
          />
          {row.is_vip === true && (
            <Banner tone="info">
              <p><Trans>In activities, in “All mailboxes”, in searches across mailboxes, in exports and in the archive, everybody sees only messages of the time when they were assigned. Administrators, too: who was not assigned then sees nothing there.</Trans></p>
              <p className="mt-1"><Trans>In the mailbox itself everybody assigned still reads everything. Mail from before the first assignment is shown to nobody outside it.</Trans></p>
            </Banner>
          )}
        </div>
      </div>
    </Group>
  );
}
