import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { AccountId } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { useResource } from "@/session";
import { Banner, Checkbox } from "@/ui";

interface LeftProps {
  readonly id: AccountId;
  readonly isTaken: boolean;
  readonly onChange: (isTaken: boolean) => void;
}

/** What becomes of the archive of a mailbox that is to be deleted here. Nothing is shown where there is none. */
export function ArchiveLeft({ id, isTaken, onChange }: LeftProps) {
  const { t } = useLingui();
  const dates = useDates();
  const { resource } = useResource(`archive ${id}`, () => admin.archive(id));
  if (resource.status !== "ready" || resource.data.state === "none") return null;
  const { messages, waiting, is_filling } = resource.data;
  const [count, left] = [dates.count(messages), dates.count(waiting)];
  return (
    <Banner tone={isTaken ? "danger" : "info"} title={isTaken ? t`The archive is deleted, too` : t`The archive stays`}>
      <p>
        {isTaken ? (
          <Plural value={messages} one="One archived message is deleted for good." other={`${count} archived messages are deleted for good.`} />
        ) : (
          <Trans>Administrators still find it under “Archive” in the settings, by this address.</Trans>
        )}
      </p>
      {!isTaken && waiting > 0 && (
        <p className="mt-1">
          <Plural
            value={waiting}
            one="One message is still to be put in; of it only what is known here will be in the archive."
            other={`${left} messages are still to be put in; of them only what is known here will be in the archive.`}
          />
        </p>
      )}
      {!isTaken && is_filling && (
        <p className="mt-1"><Trans>Not all messages of before have been looked at; wait until they are through if they are to be kept.</Trans></p>
      )}
      <Checkbox label={t`Delete the archive, too`} checked={isTaken} onChange={(event) => onChange(event.target.checked)} className="mt-2" />
    </Banner>
  );
}
