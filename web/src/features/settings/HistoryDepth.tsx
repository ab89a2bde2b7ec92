import { plural, t as text } from "@lingui/core/macro";
import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type AccountRow, isApiError } from "@/api";
import { admin } from "@/api/admin";
import { useDates } from "@/i18n";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Button, Dialog, Select } from "@/ui";
import type { PatchRow } from "./MailboxPage";
import { Group } from "./Page";

interface DepthProps {
  readonly row: AccountRow;
  readonly patch: PatchRow;
}

const EVERYTHING = "all";
const usual: readonly number[] = [1, 3, 6, 12, 24, 36, 60];

const lastMonths = (number: number): string => text`${plural(number, { one: "the last month", other: "the last # months" })}`;

const question = (number: number): string =>
  text`${plural(number, { one: "Fetch mail of the last month?", other: "Fetch mail of the last # months?" })}`;

const monthsOf = (value: string): number | null => (value === EVERYTHING ? null : Number(value));

/** How far back mail is fetched. Choosing only asks; what would happen is said before anything does. */
export function HistoryDepth({ row, patch }: DepthProps) {
  const { t } = useLingui();
  const dates = useDates();
  const [asked, setAsked] = useState<string | null>(null);
  const now = row.history_months ?? null;
  const begins = row.history_from ? dates.day(row.history_from) : null;
  const months = now === null || usual.includes(now) ? usual : [...usual, now].sort((a, b) => a - b);
  return (
    <Group title={<Trans>How far back mail is fetched</Trans>}>
      <div className="flex flex-col gap-3">
        <Select
          label={t`History`}
          value={now === null ? EVERYTHING : String(now)}
          onChange={setAsked}
          choices={[
            { value: EVERYTHING, label: t`all mail` },
            ...months.map((number) => ({ value: String(number), label: lastMonths(number) })),
          ]}
        />
        <p className="text-list text-muted">
          {begins === null ? (
            <Trans>All mail of the mailbox is held here.</Trans>
          ) : (
            <Trans>
              Mail received from {begins} on is held here; it stays as time goes by. Older mail is only at Microsoft: it cannot be read
              or found here, and no folder counts it.
            </Trans>
          )}
        </p>
        {now !== null && (
          <div>
            <Button onClick={() => setAsked(String(now))}>
              <Trans>Count the months from today</Trans>
            </Button>
          </div>
        )}
      </div>
      {asked !== null && <Ask row={row} patch={patch} months={monthsOf(asked)} onClose={() => setAsked(null)} />}
    </Group>
  );
}

interface AskProps extends DepthProps {
  readonly months: number | null;
  readonly onClose: () => void;
}

function Ask({ row, patch, months, onClose }: AskProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const { resource, reload } = useResource(`history ${row.id} ${months ?? EVERYTHING}`, () => admin.historyDepth(row.id, months));
  const depth = resource.status === "ready" ? resource.data : null;
  const removesAny = depth !== null && depth.removes > 0;
  const choose = async () => {
    const isDone = await deed.run(async () => {
      try {
        const fresh = await admin.chooseHistory(row.id, months, removesAny);
        patch(() => fresh);
      } catch (error) {
        if (isApiError(error, "removal_not_confirmed")) await reload();
        throw error;
      }
    });
    if (isDone) onClose();
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={months === null ? t`Fetch all mail?` : question(months)}
      actions={
        <>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button
            variant={removesAny ? "danger" : "primary"}
            disabled={depth === null}
            isBusy={deed.isBusy}
            onClick={() => void choose()}
          >
            {removesAny ? <Trans>Remove older copies</Trans> : <Trans>Apply</Trans>}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {resource.status === "failed" && <ErrorNote error={resource.error} />}
        {deed.error !== null && <ErrorNote error={deed.error} />}
        {depth !== null && <What begins={depth.begins} removes={depth.removes} fetchesMore={depth.fetches_more} />}
        <p>
          <Trans>Nothing changes at Microsoft.</Trans>
        </p>
      </div>
    </Dialog>
  );
}

interface WhatProps {
  readonly begins: string | null;
  readonly removes: number;
  readonly fetchesMore: boolean;
}

function What({ begins, removes, fetchesMore }: WhatProps) {
  const { day, count } = useDates();
  const [from, number] = [begins === null ? "" : day(begins), count(removes)];
  return (
    <>
      <p>
        {begins === null ? (
          <Trans>All mail of the mailbox is held here.</Trans>
        ) : (
          <Trans>Mail received from {from} on is held here. The day stays the same as time goes by.</Trans>
        )}
      </p>
      {removes > 0 && (
        <p className="font-semibold">
          <Plural
            value={removes}
            one="The copy of one older message is removed here."
            other={`The copies of ${number} older messages are removed here.`}
          />{" "}
          <Trans>What still waits for Microsoft goes only when that is done.</Trans>
        </p>
      )}
      {fetchesMore && (
        <p>
          <Trans>The older mail is fetched now; with a large mailbox that takes a while.</Trans>
        </p>
      )}
    </>
  );
}
