import { Trans, useLingui } from "@lingui/react/macro";
import { BellRing } from "lucide-react";
import { useSyncExternalStore } from "react";
import { api, type Mailbox, type Me } from "@/api";
import { asked, follow, possibility, type Possibility, reach, turnOn } from "@/device/notices";
import { changeWishes, useWishes, type Wishes } from "@/device/wishes";
import { currentLanguage } from "@/i18n";
import { jsonTransport } from "@/jmap";
import { ErrorNote, useResource } from "@/session";
import { Banner, Button, Select, SkeletonRows, StateDot, Switch } from "@/ui";
import { Group } from "../Page";
import { SavedMark } from "../SavedMark";
import { type Saved, useSaved } from "../useSaved";

const transport = jsonTransport((url, init) => fetch(url, init));

interface PartProps {
  readonly me: Me;
  readonly mailboxes: readonly Mailbox[];
  readonly wishes: Wishes;
  readonly saved: Saved;
}

/** Whether new mail is shown, of which mailboxes, and how much of it. */
export function NoticesGroup({ me }: { readonly me: Me }) {
  const saved = useSaved();
  const wishes = useWishes(me.id);
  useSyncExternalStore(asked.subscribe, asked.get);
  const { resource } = useResource("mailboxes-of-mine", () => api.mailboxes());
  const now = possibility();
  return (
    <Group title={<Trans>Notifications of new mail</Trans>} side={<SavedMark saved={saved} />}>
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      {now !== "unasked" && now !== "granted" ? (
        <Impossible why={now} />
      ) : resource.status === "loading" ? (
        <SkeletonRows rows={2} />
      ) : resource.status === "failed" ? (
        <ErrorNote error={resource.error} />
      ) : now === "granted" && wishes.isNotified ? (
        <On me={me} mailboxes={resource.data} wishes={wishes} saved={saved} />
      ) : (
        <Off me={me} mailboxes={resource.data} wishes={wishes} saved={saved} />
      )}
    </Group>
  );
}

function Off({ me, mailboxes, saved }: PartProps) {
  const begin = async () => {
    const person = { id: me.id, language: currentLanguage() };
    if (await turnOn(person)) await follow(person, mailboxes, transport);
  };
  return (
    <div className="flex flex-col items-start gap-3">
      <p className="max-w-2xl">
        <Trans>Poststelle can show sender and subject of new messages, also while you work in another program. Your browser asks you once whether it may.</Trans>
      </p>
      <Button variant="primary" icon={<BellRing size={16} aria-hidden />} isBusy={saved.status === "saving"} onClick={() => void saved.save(begin)}>
        <Trans>Turn on notifications</Trans>
      </Button>
    </div>
  );
}

function On({ me, mailboxes, wishes, saved }: PartProps) {
  const { t } = useLingui();
  const change = (now: Partial<Wishes>, before: Partial<Wishes>) => {
    const put = (wish: Partial<Wishes>) => async () => {
      changeWishes(me.id, wish);
      await follow({ id: me.id, language: currentLanguage() }, mailboxes, transport);
    };
    void saved.save(put(now), put(before));
  };
  const { arrivals } = wishes;
  return (
    <div className="flex flex-col gap-4">
      <Switch label={t`Show new mail`} hint={<ReachLine />} isOn onChange={() => change({ isNotified: false }, { isNotified: true })} />
      <Switch
        label={t`Hide sender and subject`}
        hint={t`Shows only how many messages are new: on lock screens and where others look on.`}
        isOn={wishes.isDiscreet}
        onChange={(isDiscreet) => change({ isDiscreet }, { isDiscreet: !isDiscreet })}
      />
      <ul className="flex flex-col divide-y divide-border border-t border-border">
        {mailboxes.map((mailbox) => (
          <li key={mailbox.id} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-1 py-2.5">
            <span className="min-w-0 wrap-anywhere">
              <span className="block font-medium">{mailbox.name || mailbox.address}</span>
              {mailbox.name && <span className="block text-fine text-muted">{mailbox.address}</span>}
            </span>
            <Select
              label={t`Notifications of ${mailbox.address}`}
              value={arrivals[mailbox.id] ?? "inbox"}
              onChange={(value) => change({ arrivals: { ...arrivals, [mailbox.id]: value } }, { arrivals })}
              choices={choicesFor(mailbox, t`Inbox`, t`Inbox, focused only`, t`None`)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

type Choice = NonNullable<Wishes["arrivals"][string]>;

/** Only Microsoft sorts out what is important. */
function choicesFor({ type }: Mailbox, inbox: string, focused: string, none: string): readonly { readonly value: Choice; readonly label: string }[] {
  const some = type === "local" ? [] : [{ value: "focused" as const, label: focused }];
  return [{ value: "inbox", label: inbox }, ...some, { value: "none", label: none }];
}

function ReachLine() {
  const how = useSyncExternalStore(reach.subscribe, reach.get);
  if (how === "always") return <StateDot tone="good"><Trans>also while Poststelle is closed</Trans></StateDot>;
  if (how === "failed") {
    return <StateDot tone="attention"><Trans>only while Poststelle is open: this browser reaches no push service</Trans></StateDot>;
  }
  return <Trans>For messages that come into an inbox unread.</Trans>;
}

function Impossible({ why }: { readonly why: Exclude<Possibility, "unasked" | "granted"> }) {
  const { t } = useLingui();
  const words = {
    denied: [t`Your browser blocks notifications of this page`, t`Press the icon beside the address, allow notifications, and reload the page. On a phone: the settings of the device, then those of the browser or of Poststelle.`],
    homeScreen: [t`First add Poststelle to the home screen`, t`On iPhone and iPad only installed pages may notify. Press “Share” in Safari, then “Add to Home Screen”, and open Poststelle from there.`],
    insecure: [t`Notifications need a secure connection`, t`Poststelle was opened without https. Ask your administrator for an address that begins with https.`],
    unsupported: [t`This browser can't show notifications`, t`Current versions of Chrome, Edge, Firefox and Safari can; private windows often can't.`],
  } as const;
  const [title, remedy] = words[why];
  return <Banner tone={why === "denied" ? "warning" : "info"} title={title}>{remedy}</Banner>;
}
