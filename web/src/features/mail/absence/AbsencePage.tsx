import { useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Mail } from "lucide-react";
import type { AccountId } from "@/api";
import { api } from "@/api";
import { LoadError, useMe, useResource } from "@/session";
import { EmptyState, Page, Select, SkeletonRows } from "@/ui";
import { ForwardingGroup } from "./ForwardingGroup";
import { ReplyGroup } from "./ReplyGroup";

/** The address of a mailbox that is not one's own, for administrators; null while it is not known. */
function useAddress(id: AccountId | undefined): string | null {
  const { resource } = useResource(`address ${id ?? ""}`, async () => (id === undefined ? null : (await api.account(id)).address));
  return resource.status === "ready" ? resource.data : null;
}

/** What Microsoft does with the mail of a mailbox while nobody is there. One mailbox at a time: each asks Microsoft. */
export function AbsencePage() {
  const { t } = useLingui();
  const { of } = useSearch({ strict: false });
  const me = useMe();
  const navigate = useNavigate();
  const { resource, reload } = useResource("my mailboxes", api.mailboxes);
  const mine = resource.status === "ready" ? resource.data.filter(({ type }) => type !== "local") : [];
  const at: AccountId | undefined = of ?? mine[0]?.id;
  const own = mine.find(({ id }) => id === at);
  const address = useAddress(resource.status === "ready" && !own && me.may_settings ? at : undefined);
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const choices = [
    ...mine.map(({ id, address }) => ({ value: id, label: address })),
    ...(at && resource.status === "ready" && !own ? [{ value: at, label: address ?? t`Another mailbox` }] : []),
  ];
  return (
    <Page
      title={t`Out of office and forwarding`} intro={t`Both are kept at Microsoft: what is set here acts there, and what is set in Outlook is seen here.`}
      side={at && choices.length > 0 && (
        <Select
          label={t`Mailbox`} value={at} choices={choices} className="w-60 max-w-full"
          onChange={(value) => { void navigate({ to: "/settings/me/absence", search: { of: value }, replace: true }); }}
        />
      )}
    >
      {resource.status === "loading" && <SkeletonRows rows={3} />}
      {resource.status === "ready" && !at && (
        <EmptyState icon={<Mail size={24} aria-hidden />} title={t`No mailbox at Microsoft is assigned to you`}>
          {t`Internal mailboxes receive no mail from outside, so there is nothing to answer or forward.`}
        </EmptyState>
      )}
      {resource.status === "ready" && at && (
        <>
          <ReplyGroup key={`reply ${at}`} account={at} mayChange={me.may_settings || own?.level === "send" || own?.level === "manage"} />
          <ForwardingGroup key={`forwarding ${at}`} account={at} />
        </>
      )}
    </Page>
  );
}
