import { Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type CheckPlan as Plan } from "@/api";
import { admin } from "@/api/admin";
import { ErrorNote, useResource } from "@/session";
import { TextField } from "@/ui";
import { Group } from "./Page";
import { SavedMark } from "./SavedMark";
import { useSaved } from "./useSaved";

const MOST_REQUESTS = 600;

/** When mailboxes are compared with Microsoft at night, and how fast. */
export function CheckPlan() {
  const { resource, patch } = useResource("check-plan", () => admin.checkPlan());
  if (resource.status !== "ready") return null;
  return <Fields plan={resource.data} onChange={(plan) => patch(() => plan)} />;
}

function Fields({ plan, onChange }: { readonly plan: Plan; readonly onChange: (plan: Plan) => void }) {
  const { t } = useLingui();
  const saved = useSaved();
  const [time, setTime] = useState<string | null>(null);
  const [rate, setRate] = useState<string | null>(null);
  const put = (change: Partial<Plan>) => async () => onChange(await admin.changeCheckPlan(change));
  const saveTime = () => {
    if (!time || time === plan.time) return setTime(null);
    void saved.save(put({ time }), put({ time: plan.time })).then((isDone) => isDone && setTime(null));
  };
  const saveRate = () => {
    const requests_a_minute = Number(rate);
    if (rate === null || requests_a_minute === plan.requests_a_minute) return setRate(null);
    void saved.save(put({ requests_a_minute }), put({ requests_a_minute: plan.requests_a_minute })).then((isDone) => isDone && setRate(null));
  };
  return (
    <Group
      title={<Trans>Nightly check</Trans>}
      intro={<Trans>Every mailbox is compared with Microsoft message by message, and what differs is repaired.</Trans>}
      side={<SavedMark saved={saved} />}
    >
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-3" />}
      <div className="grid gap-4 phone:grid-cols-2">
        <TextField
          type="time"
          label={t`Begins at`}
          hint={t`By the server's clock. Mailboxes are spread over the two hours after that.`}
          value={time ?? plan.time}
          onChange={(event) => setTime(event.target.value)}
          onBlur={saveTime}
        />
        <TextField
          inputMode="numeric"
          label={t`Requests a minute`}
          hint={t`For each mailbox, from 1 to ${MOST_REQUESTS}. One request compares up to 1,000 messages.`}
          value={rate ?? String(plan.requests_a_minute)}
          onChange={(event) => setRate(event.target.value.replace(/\D/g, ""))}
          onBlur={saveRate}
          onKeyDown={(event) => {
            if (event.key === "Enter") saveRate();
            if (event.key === "Escape") setRate(null);
          }}
        />
      </div>
    </Group>
  );
}
