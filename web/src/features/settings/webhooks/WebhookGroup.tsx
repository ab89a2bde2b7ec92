import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Ellipsis, Pause, Play, Send } from "lucide-react";
import { useState } from "react";
import type { AccountRow } from "@/api";
import { type NewWebhook, type Webhook, webhooks, type WebhookTried } from "@/api/webhooks";
import { Ago, useDates } from "@/i18n";
import { ErrorNote, useDeed } from "@/session";
import { Button, IconButton, Menu, MenuItem, StateDot, type StateTone } from "@/ui";
import { Group } from "../Page";
import { Deliveries } from "./Deliveries";
import { EditWebhook, EndFormerSecret, RemoveWebhook } from "./WebhookDialogs";

type Open = "change" | "former" | "remove";

interface GroupProps {
  readonly webhook: Webhook;
  readonly mailboxes: readonly AccountRow[];
  readonly onChanged: () => void;
  readonly onSecret: (made: NewWebhook) => void;
}

/** One webhook: how it does, and what can be done with it. */
export function WebhookGroup({ webhook, mailboxes, onChanged, onSecret }: GroupProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const [open, setOpen] = useState<Open | null>(null);
  const [tried, setTried] = useState<WebhookTried | null>(null);
  const [isListed, setListed] = useState(false);
  const [turn, setTurn] = useState(0);
  const isPaused = webhook.paused_at !== null;
  const { name } = webhook;
  const change = (work: () => Promise<unknown>) => void deed.run(async () => {
    await work();
    setTurn(turn + 1);
    onChanged();
  });
  const done = () => {
    setOpen(null);
    onChanged();
  };
  return (
    <Group
      title={name}
      side={
        <Menu align="end" trigger={<IconButton label={t`More for ${name}`} icon={<Ellipsis size={16} aria-hidden />} />}>
          <MenuItem onSelect={() => setOpen("change")}><Trans>Change name or address</Trans></MenuItem>
          <MenuItem onSelect={() => change(async () => onSecret(await webhooks.renewSecret(webhook.id)))}><Trans>Make a new secret</Trans></MenuItem>
          {webhook.has_former_secret && <MenuItem onSelect={() => setOpen("former")}><Trans>End the former secret</Trans></MenuItem>}
          <MenuItem onSelect={() => setOpen("remove")}><Trans>Remove webhook</Trans></MenuItem>
        </Menu>
      }
    >
      <div className="flex flex-col items-start gap-3">
        <State webhook={webhook} />
        <Facts webhook={webhook} mailboxes={mailboxes} />
        {deed.error !== null && <ErrorNote error={deed.error} />}
        <div className="flex flex-wrap gap-2">
          <Button icon={<Send size={16} aria-hidden />} isBusy={deed.isBusy} onClick={() => void deed.run(async () => setTried(await webhooks.tryOut(webhook.id)))}>
            <Trans>Send a trial</Trans>
          </Button>
          {isPaused ? (
            <Button icon={<Play size={16} aria-hidden />} variant="primary" onClick={() => change(() => webhooks.change(webhook.id, { is_paused: false }))}><Trans>Resume</Trans></Button>
          ) : (
            <Button icon={<Pause size={16} aria-hidden />} onClick={() => change(() => webhooks.change(webhook.id, { is_paused: true }))}><Trans>Pause</Trans></Button>
          )}
          <Button aria-expanded={isListed} onClick={() => setListed(!isListed)}>
            {isListed ? <Trans>Hide what was sent</Trans> : <Trans>Show what was sent last</Trans>}
          </Button>
        </div>
        <div role="status">{tried && <Answer tried={tried} />}</div>
        {isListed && <Deliveries key={turn} webhook={webhook} onChanged={onChanged} />}
      </div>
      {open === "change" && <EditWebhook webhook={webhook} mailboxes={mailboxes} onClose={() => setOpen(null)} onDone={done} />}
      {open === "former" && <EndFormerSecret webhook={webhook} onClose={() => setOpen(null)} onDone={done} />}
      {open === "remove" && <RemoveWebhook webhook={webhook} onClose={() => setOpen(null)} onDone={done} />}
    </Group>
  );
}

function Answer({ tried }: { readonly tried: WebhookTried }) {
  const { t } = useLingui();
  const { answer } = tried;
  return <p className={tried.is_taken ? "text-success" : "text-danger"}>{tried.is_taken ? t`The trial was taken (${answer}).` : t`The trial was not taken (${answer}).`}</p>;
}

function State({ webhook }: { readonly webhook: Webhook }) {
  const { t } = useLingui();
  const { full } = useDates();
  const { problem, paused_at, next_at, taken_at } = webhook;
  const tone: StateTone = webhook.is_given_up ? "bad" : paused_at ? "off" : problem ? "attention" : taken_at ? "good" : "waiting";
  const words = (): string => {
    const since = paused_at ? full(paused_at) : "";
    if (webhook.is_given_up) return t`Paused since ${since}, because it took nothing for five days`;
    if (paused_at) return t`Paused since ${since}`;
    if (problem) return t`The last was not taken (${problem})`;
    return taken_at ? t`Works` : t`Nothing was sent so far`;
  };
  return (
    <p className="flex flex-wrap items-baseline gap-x-2">
      <StateDot tone={tone}>{words()}</StateDot>
      {webhook.is_given_up && problem && <span className="text-muted">({problem})</span>}
      {!paused_at && problem && next_at && <span className="text-muted"><Trans>next attempt {full(next_at)}</Trans></span>}
      {!paused_at && !problem && taken_at && <span className="text-muted"><Trans>last taken <Ago at={taken_at} /></Trans></span>}
    </p>
  );
}

function Facts({ webhook, mailboxes }: { readonly webhook: Webhook; readonly mailboxes: readonly AccountRow[] }) {
  const { t } = useLingui();
  const mailbox = mailboxes.find(({ id }) => id === webhook.account)?.address ?? "";
  return (
    <dl className="grid max-w-full gap-x-6 gap-y-1 text-list phone:grid-cols-[max-content_minmax(0,1fr)]">
      <dt className="text-muted">{t`Address`}</dt>
      <dd className="break-all">{webhook.url ?? t`unknown: its key is not here. If it is lost for good, remove the webhook and add it anew.`}</dd>
      <dt className="text-muted">{t`Activities of`}</dt>
      <dd>{webhook.account === null ? t`all mailboxes but VIP ones` : mailbox}</dd>
      <dt className="text-muted">{t`Waiting`}</dt>
      <dd>
        <Plural value={webhook.waiting} _0="nothing" one="# activity" other="# activities" />
        {webhook.refused > 0 && <span className="text-danger">{" · "}<Plural value={webhook.refused} one="# given up: see what was sent last" other="# given up: see what was sent last" /></span>}
      </dd>
      {webhook.has_former_secret && (
        <>
          <dt className="text-muted">{t`Secret`}</dt>
          <dd>{t`The new one and the former one sign.`}</dd>
        </>
      )}
    </dl>
  );
}
