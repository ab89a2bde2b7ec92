import { Plural, Trans, useLingui } from "@lingui/react/macro";
import type { Archive } from "@/api";
import { useDates } from "@/i18n";
import { Banner, Details } from "@/ui";

const MEGABYTE = 1_000_000;

/** How many messages, with how many octets. */
export function Holds({ archive }: { readonly archive: Archive }) {
  const { i18n } = useLingui();
  const dates = useDates();
  const count = dates.count(archive.messages);
  const size = i18n.number(archive.octets / MEGABYTE, { maximumFractionDigits: 1 });
  return (
    <p className="text-list text-muted">
      <Plural value={archive.messages} one="# message" other={`${count} messages`} />, <Trans>{size} MB</Trans>
    </p>
  );
}

/** What is still to be put in, and what that waits for. */
export function ArchiveProgress({ archive }: { readonly archive: Archive }) {
  const { t } = useLingui();
  const dates = useDates();
  const [done, total, waiting] = [dates.count(archive.old_done), dates.count(archive.old_total), dates.count(archive.waiting)];
  return (
    <>
      {archive.is_filling && (
        <div className="flex flex-col gap-1" role="status">
          <progress aria-label={t`Messages of before`} value={archive.old_done} max={Math.max(archive.old_total, 1)} className="h-1.5 w-full max-w-xl" />
          <p className="text-list text-muted"><Trans>{done} of {total} messages of before are in the archive.</Trans></p>
        </div>
      )}
      {!archive.is_filling && archive.waiting > 0 && (
        <p className="text-list text-muted" role="status">
          <Plural value={archive.waiting} one="# message is still to be put in." other={`${waiting} messages are still to be put in.`} />
        </p>
      )}
      {archive.problem !== null && (
        <Banner tone="warning" title={t`The archive waits for Microsoft`}>
          <Trans>Nothing is lost: it goes on by itself.</Trans>
          <Details code={archive.problem} />
        </Banner>
      )}
    </>
  );
}
