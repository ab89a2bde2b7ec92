import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import type { AccountId } from "@/api";
import { records } from "@/api/records";
import { useDates } from "@/i18n";
import { ErrorNote, useResource } from "@/session";
import { Switch } from "@/ui";
import { Group } from "../Page";
import { SavedMark } from "../SavedMark";
import { useSaved } from "../useSaved";
import { RecordKeeping } from "./RecordKeeping";

/** Whether all that comes to the mailbox or leaves it becomes an activity record. */
export function RecordingOption({ id, isLinked = false }: { readonly id: AccountId; readonly isLinked?: boolean }) {
  const { t } = useLingui();
  const dates = useDates();
  const saved = useSaved();
  const { resource, patch } = useResource(`recording ${id}`, () => records.recording(id));
  const put = (is_on: boolean) => async () => {
    const fresh = await records.turn(id, is_on);
    patch(() => fresh);
  };
  const found = resource.status === "ready" ? resource.data : null;
  const names = found?.webhooks.join(", ") ?? "";
  const since = found?.turned_at ? dates.full(found.turned_at) : "";
  return (
    <Group
      title={<Trans>Activities</Trans>}
      side={<SavedMark saved={saved} />}
      intro={<Trans>Everybody assigned sees what was received from a contact or sent to them, also when the message itself was deleted.</Trans>}
    >
      <div className="flex flex-col items-start gap-3">
        {resource.status === "failed" && <ErrorNote error={resource.error} />}
        {saved.error !== null && <ErrorNote error={saved.error} />}
        {found && (
          <Switch
            label={t`Record every message`}
            hint={found.is_on ? t`On since ${since}. Drafts are not recorded.` : t`From then on: who, when, subject and first words. What is recorded already stays.`}
            isOn={found.is_on}
            onChange={(is_on) => void saved.save(put(is_on), put(found.is_on))}
          />
        )}
        {found && found.webhooks.length > 0 && <p className="text-muted"><Trans>The activities are passed on to: {names}.</Trans></p>}
        {found?.turned_at && <RecordKeeping id={id} months={found.keep_months} onChanged={(fresh) => patch(() => fresh)} />}
        {isLinked && <Link to="/settings/records" search={{ of: id }} className="text-accent underline"><Trans>Show the activities</Trans></Link>}
      </div>
    </Group>
  );
}
