import { Trans, useLingui } from "@lingui/react/macro";
import { type Delivery, type Webhook, webhooks } from "@/api/webhooks";
import { useDates } from "@/i18n";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Button, SkeletonRows, StateDot, type StateTone } from "@/ui";

const REFRESH_MS = 5_000;
const tones: Readonly<Record<Delivery["state"], StateTone>> = { taken: "good", waiting: "attention", refused: "bad", dropped: "off" };

interface DeliveriesProps {
  readonly webhook: Webhook;
  readonly onChanged: () => void;
}

/** What was sent to a webhook last, with what it answered. */
export function Deliveries({ webhook, onChanged }: DeliveriesProps) {
  const { t } = useLingui();
  const { name } = webhook;
  const { resource, reload } = useResource(`deliveries ${webhook.id}`, () => webhooks.deliveries(webhook.id), REFRESH_MS);
  const deed = useDeed();
  if (resource.status === "loading") return <SkeletonRows rows={3} />;
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  if (resource.data.length === 0) return <p className="text-muted"><Trans>Nothing was sent so far.</Trans></p>;
  const act = (work: () => Promise<unknown>) => void deed.run(async () => {
    await work();
    await reload();
    onChanged();
  });
  return (
    <div className="w-full">
      {deed.error !== null && <ErrorNote error={deed.error} className="mb-3" />}
      <ul aria-label={t`What was sent to ${name}`} className="border-t border-border">
        {resource.data.map((one) => (
          <Row
            key={one.id}
            one={one}
            onSend={() => act(() => webhooks.sendAgain(webhook.id, one.id))}
            onDrop={() => act(() => webhooks.drop(webhook.id, one.id))}
          />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  readonly one: Delivery;
  readonly onSend: () => void;
  readonly onDrop: () => void;
}

function Row({ one, onSend, onDrop }: RowProps) {
  const { t } = useLingui();
  const { full } = useDates();
  const { record, answer, attempts } = one;
  const states: Readonly<Record<Delivery["state"], string>> = {
    taken: t`Taken`,
    waiting: t`Is sent again`,
    refused: t`Given up`,
    dropped: t`Not sent any more`,
  };
  const kinds: Readonly<Record<Delivery["kind"], string>> = {
    created: t`New activity ${record}`,
    changed: t`Changed activity ${record}`,
    erased: t`Erased activity ${record}`,
  };
  const isOpen = one.state === "waiting" || one.state === "refused";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b border-border py-2 text-list">
      <div className="min-w-0 grow basis-64">
        <p className="font-medium break-words">{kinds[one.kind]}</p>
        <p className="flex flex-wrap gap-x-3 text-muted">
          <StateDot tone={tones[one.state]}>{states[one.state]}</StateDot>
          {answer && <span>{answer}</span>}
          {attempts > 1 && <span>{t`attempt ${attempts}`}</span>}
          {one.tried_at && <time dateTime={one.tried_at}>{full(one.tried_at)}</time>}
        </p>
      </div>
      <div className="flex gap-2">
        <Button onClick={onSend} aria-label={t`Send again: ${kinds[one.kind]}`}><Trans>Send again</Trans></Button>
        {isOpen && <Button variant="ghost" onClick={onDrop} aria-label={t`Do not send: ${kinds[one.kind]}`}><Trans>Do not send</Trans></Button>}
      </div>
    </li>
  );
}
