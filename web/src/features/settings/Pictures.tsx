import { Trans, useLingui } from "@lingui/react/macro";
import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { LoadError, ErrorNote, pictureSenders, useResource } from "@/session";
import { IconButton, SkeletonRows } from "@/ui";
import { Group } from "./Page";
import { SavedMark } from "./SavedMark";
import { useSaved } from "./useSaved";

/** Whose pictures from outside are shown without a question: each can be taken back. Chosen at their messages. */
export function Pictures() {
  const { t } = useLingui();
  const saved = useSaved();
  const { resource, reload } = useResource("picture-senders", () => pictureSenders.load());
  const all = useSyncExternalStore(pictureSenders.all.subscribe, pictureSenders.all.get);
  const choose = (address: string, isAllowed: boolean) => () => pictureSenders.choose(address, isAllowed);
  return (
    <Group
      title={<Trans>Pictures in messages</Trans>} side={<SavedMark saved={saved} />}
      intro={<Trans>Pictures from the internet tell a sender that you are reading. They are loaded when you ask for them, and by themselves from the senders in this list.</Trans>}
    >
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      {!all && resource.status === "loading" && <SkeletonRows rows={2} />}
      {!all && resource.status === "failed" && <LoadError error={resource.error} onRetry={() => void reload()} />}
      {all?.length === 0 && <p className="text-muted">{t`No sender yet. Open a message with pictures and choose “Always show from …”.`}</p>}
      {all && all.length > 0 && (
        <ul aria-label={t`Senders whose pictures are always shown`} tabIndex={0} className="max-h-80 max-w-2xl divide-y divide-border overflow-y-auto border-y border-border">
          {all.map(({ address }) => (
            <li key={address} className="flex min-h-11 items-center justify-between gap-2">
              <bdi className="min-w-0 wrap-anywhere">{address}</bdi>
              <IconButton label={t`Remove ${address}`} icon={<X size={16} aria-hidden />} onClick={() => void saved.save(choose(address, false), choose(address, true))} />
            </li>
          ))}
        </ul>
      )}
    </Group>
  );
}
