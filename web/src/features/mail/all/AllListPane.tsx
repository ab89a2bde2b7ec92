import { plural } from "@lingui/core/macro";
import { Trans, useLingui } from "@lingui/react/macro";
import { Inbox } from "lucide-react";
import type { AccountStatus, AccountStore, MergedList, MergedPart } from "@/store";
import { EmptyState, SkeletonRows } from "@/ui";
import { usePlainEmpty } from "../list/EmptyList";
import { HistoryNote } from "../list/HistoryNote";
import { ListHead, Total } from "../list/ListHead";
import { ListFrame, Problem } from "../list/ListPane";
import { useLook } from "../list/useLook";
import { NotLoaded } from "../MailError";
import { TakenBack } from "../TakenBack";
import { MailContext } from "../state/mail";
import { AllNotes } from "./AllNotes";
import type { AllPart } from "./parts";
import { useEach } from "./parts";
import type { AllView } from "./useAllView";

const NO_PARTS: readonly MergedPart[] = [];

/** The rows of all mailboxes, and what is to be known of those that are not wholly there. */
export function AllListPane({ all }: { readonly all: AllView }) {
  const { view, list, parts, accounts, folders } = all;
  const shown = list?.parts ?? NO_PARTS;
  const open = shown.flatMap(({ account, list: { spec } }) => folders[accounts.indexOf(account)]?.find(({ id }) => id === spec.mailboxId) ?? []);
  useLook(view.store.transport, shown.flatMap(({ account, list: { spec } }) => (spec.mailboxId === null ? [] : [{ account: account.id, folder: spec.mailboxId }])));
  const isNarrowed = shown.some(({ list: { spec } }) => spec.isAcross);
  const messages = isNarrowed ? 0 : open.reduce((sum, { totalEmails }) => sum + totalEmails, 0);
  const threads = isNarrowed ? 0 : open.reduce((sum, { totalThreads }) => sum + totalThreads, 0);
  return (
    <ListFrame
      list={list} foot={parts.map((part) => <MailContext key={part.account.id} value={all.viewIn(part)}><HistoryNote /></MailContext>)} empty={list && <AllEmpty all={all} list={list} />}
      notes={<><AllNotes all={all} /><Problems all={all} /><AllTakenBack all={all} /></>}
      head={<ListHead list={list} total={list && <Total list={list} messages={messages} threads={threads} />} whose={<Whose parts={parts} />} state={null} />}
    />
  );
}

/** Where the drop-down is out of sight. */
function Whose({ parts }: { readonly parts: readonly AllPart[] }) {
  const { t } = useLingui();
  const number = plural(parts.length, { one: "# mailbox", other: "# mailboxes" });
  return <p className="truncate text-fine text-muted">{t`All mailboxes`} · {number}</p>;
}

function AllEmpty({ all: { accounts, view, role }, list }: { readonly all: AllView; readonly list: MergedList }) {
  const { t } = useLingui();
  const states = useEach(accounts, subscribeStatus, readStatus);
  const plain = usePlainEmpty(list);
  if (view.search === null && states.some(({ kind }) => kind === "loading")) return <div className="px-4"><SkeletonRows rows={8} /></div>;
  if (plain) return plain;
  const failed = states.find((state) => state.kind === "failed");
  if (failed && states.every(({ kind }) => kind === "failed")) {
    return <div className="p-3"><NotLoaded error={failed.error} onRetry={() => { for (const account of accounts) void account.refresh(); }} /></div>;
  }
  const name = view.title;
  return (
    <EmptyState icon={<Inbox size={24} aria-hidden />} title={t`Nothing in “${name}” of any mailbox`}>
      {role === "inbox" && <Trans>New mail of every mailbox appears here by itself.</Trans>}
    </EmptyState>
  );
}

/** The last deed that was refused in each of the mailboxes. */
function Problems({ all: { accounts, parts, viewIn } }: { readonly all: AllView }) {
  const problems = useEach(accounts, subscribeProblem, readProblem);
  return parts.map((part, at) => (problems[at] === null || problems[at] === undefined ? null : (
    <MailContext key={part.account.id} value={viewIn(part)}><Problem /></MailContext>
  )));
}

/** What was refused in each of them. */
export function AllTakenBack({ all: { parts, viewIn } }: { readonly all: AllView }) {
  return parts.map((part) => <MailContext key={part.account.id} value={viewIn(part)}><TakenBack /></MailContext>);
}

const subscribeProblem = ({ problem }: AccountStore, listener: () => void): (() => void) => problem.subscribe(listener);
const readProblem = ({ problem }: AccountStore): unknown => problem.get();
const subscribeStatus = ({ status }: AccountStore, listener: () => void): (() => void) => status.subscribe(listener);
const readStatus = ({ status }: AccountStore): AccountStatus => status.get();
