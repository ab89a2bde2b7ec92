import { Trans, useLingui } from "@lingui/react/macro";
import { BellOff, BellRing, Plus, X } from "lucide-react";
import { useMemo } from "react";
import type { Me, QuietHours, QuietSpan, QuietWeek } from "@/api";
import { admin } from "@/api/admin";
import { readWishes } from "@/device/wishes";
import { tellWorker } from "@/device/worker";
import { useDates } from "@/i18n";
import { ErrorNote, LoadError, useResource } from "@/session";
import { Button, IconButton, Select, SkeletonRows, StateDot, Switch, cx } from "@/ui";
import { Group } from "../Page";
import { SavedMark } from "../SavedMark";
import { type Saved, useSaved } from "../useSaved";
import { dayNames, deviceZone, isWholeDay, timesOfDay, usualWeek } from "./quiet";

/** The status is asked for again while it is on screen: a pause ends by itself. */
const REFRESH_MS = 30_000;

/** When new mail is told on none of this person's devices: by the week, and for a while. */
export function QuietGroup({ me }: { readonly me: Me }) {
  const saved = useSaved();
  const { resource, reload, patch } = useResource("quiet-hours", () => admin.quietHours(), REFRESH_MS);
  const put = (ask: () => Promise<QuietHours>) => async () => {
    const now = await ask();
    patch(() => now);
    if (readWishes(me.id).isNotified) await tellWorker({ kind: "look" });
  };
  return (
    <Group
      title={<Trans>Quiet hours</Trans>} side={<SavedMark saved={saved} />}
      intro={<Trans>They hold on all your devices. When they end, you are told what has come meanwhile.</Trans>}
    >
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      {resource.status === "loading" && <SkeletonRows rows={2} />}
      {resource.status === "failed" && <LoadError error={resource.error} onRetry={() => void reload()} />}
      {resource.status === "ready" && <Chosen quiet={resource.data} saved={saved} put={put} />}
    </Group>
  );
}

interface ChosenProps {
  readonly quiet: QuietHours;
  readonly saved: Saved;
  readonly put: (ask: () => Promise<QuietHours>) => () => Promise<void>;
}

function Chosen({ quiet, saved, put }: ChosenProps) {
  const { t } = useLingui();
  const week: QuietWeek = quiet.time_zone === null ? { ...usualWeek(), is_on: false } : { is_on: quiet.is_on, time_zone: quiet.time_zone, spans: quiet.spans };
  const change = (now: Partial<QuietWeek>): void => {
    void saved.save(put(() => admin.chooseQuietHours({ ...week, ...now })), put(() => admin.chooseQuietHours(week)));
  };
  const setSpan = (at: number, span: QuietSpan): void => { change({ spans: week.spans.map((each, i) => (i === at ? span : each)) }); };
  const zone = deviceZone();
  return (
    <div className="flex flex-col gap-4">
      <Now quiet={quiet} saved={saved} put={put} />
      <Switch
        label={t`Quiet hours every week`} hint={t`Evenings and weekends, say: no sound, no message on a screen.`} isOn={week.is_on}
        onChange={(isOn) => { change(week.spans.length === 0 ? { ...usualWeek(), is_on: isOn } : { is_on: isOn }); }}
      />
      {week.is_on && (
        <>
          <ul aria-label={t`Quiet times`} className="flex flex-col divide-y divide-border border-y border-border">
            {week.spans.map((span, at) => (
              <Span
                key={`${String(at)} ${span.from} ${span.to}`} span={span} onChange={(next) => { setSpan(at, next); }}
                onRemove={week.spans.length > 1 ? () => { change({ spans: week.spans.filter((_, i) => i !== at) }); } : null}
              />
            ))}
          </ul>
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
            <Button icon={<Plus size={16} aria-hidden />} onClick={() => { change({ spans: [...week.spans, { days: [1, 2, 3, 4, 5], from: "12:00", to: "13:00" }] }); }}>{t`Add quiet time`}</Button>
            <p className="text-list text-muted">
              {t`Time zone: ${week.time_zone}`}{" "}
              {zone !== week.time_zone && <Button variant="ghost" className="text-accent" onClick={() => { change({ time_zone: zone }); }}>{t`Use that of this device, ${zone}`}</Button>}
            </p>
          </div>
        </>
      )}
    </div>
  );
}

/** How it stands at this moment, and the ways to change that for a while. */
function Now({ quiet: { quiet_until, paused_until }, saved, put }: ChosenProps) {
  const { t } = useLingui();
  const { full } = useDates();
  const isPaused = paused_until !== null;
  const pause = (how: "hour" | "tomorrow"): void => { void saved.save(put(() => admin.pauseNotices(how, deviceZone())), put(() => admin.resumeNotices())); };
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
      <div role="status">
        {quiet_until === null ? <StateDot tone="good">{t`You are notified of new mail`}</StateDot> : <StateDot tone="attention">{t`Quiet until ${full(quiet_until)}`}</StateDot>}
      </div>
      <div className="flex flex-wrap gap-2">
        {isPaused
          ? <Button icon={<BellRing size={16} aria-hidden />} onClick={() => { void saved.save(put(() => admin.resumeNotices())); }}>{t`End the pause`}</Button>
          : (
            <>
              <Button icon={<BellOff size={16} aria-hidden />} onClick={() => { pause("hour"); }}>{t`Pause for an hour`}</Button>
              <Button icon={<BellOff size={16} aria-hidden />} onClick={() => { pause("tomorrow"); }}>{t`Pause until tomorrow, 7:00`}</Button>
            </>
          )}
      </div>
    </div>
  );
}

interface SpanProps {
  readonly span: QuietSpan;
  readonly onChange: (span: QuietSpan) => void;
  /** Null: the last one stays; turning off is the switch's. */
  readonly onRemove: (() => void) | null;
}

function Span({ span, onChange, onRemove }: SpanProps) {
  const { t, i18n } = useLingui();
  const { days, from, to } = span;
  const toggle = (day: number): void => {
    const next = days.includes(day) ? days.filter((each) => each !== day) : [...days, day].toSorted((a, b) => a - b);
    if (next.length > 0) onChange({ ...span, days: next });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 py-3">
      <div role="group" aria-label={t`Days`} className="grid w-full grid-cols-7 gap-1 phone:w-auto">
        {dayNames(i18n.locale).map(({ day, short, long }) => (
          <button
            key={day} type="button" aria-pressed={days.includes(day)} aria-label={long} title={long} onClick={() => { toggle(day); }}
            className={cx("min-h-8 min-w-0 rounded-md border px-1.5 text-list phone:min-w-9 touch:min-h-11", days.includes(day) ? "border-accent bg-selected font-medium text-accent" : "border-border-strong text-muted hover:bg-hover")}
          >
            {short}
          </button>
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Time label={t({ message: "from", context: "time of day" })} value={from} onChange={(time) => { onChange({ ...span, from: time }); }} />
        <Time label={t({ message: "to", context: "time of day" })} value={to} onChange={(time) => { onChange({ ...span, to: time }); }} />
        <span className="text-list text-muted">{isWholeDay(span) ? t`a whole day` : to <= from ? t`of the next day` : ""}</span>
      </div>
      {onRemove && <IconButton label={t`Remove this quiet time`} icon={<X size={16} aria-hidden />} className="ml-auto" onClick={onRemove} />}
    </li>
  );
}

interface TimeProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A time of day, by the half hour; one that was chosen by another program stays among them. */
function Time({ label, value, onChange }: TimeProps) {
  const { style: { locale } } = useDates();
  const time = value === "24:00" ? "00:00" : value;
  const choices = useMemo(() => timesOfDay(locale, time), [locale, time]);
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="text-list text-muted">{label}</span>
      <Select label={label} value={time} onChange={onChange} choices={choices} className="tabular w-28" />
    </span>
  );
}
