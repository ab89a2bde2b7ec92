import { useLingui } from "@lingui/react/macro";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { LetterText, Plus, Signature } from "lucide-react";
import { useMemo, useState } from "react";
import type { Boilerplate, BoilerplateId, BoilerplateKind, KeptFile, Mailbox } from "@/api";
import { api } from "@/api";
import { useDates } from "@/i18n";
import { LoadError, offerWayBack, useMe, useResource } from "@/session";
import { Button, EmptyState, Page, Select, SkeletonRows, TextField } from "@/ui";
import { fetchBlob } from "../preview/files";
import { BoilerplateDialog } from "./BoilerplateDialog";
import { BoilerplateCard } from "./BoilerplateCard";
import { found } from "./filled";
import { forgetNeeds } from "./needs";
import { Signing } from "./Signing";
import { ownValues } from "./words";

export function SignaturesPage() {
  return <BoilerplatePage kind="signature" />;
}

export function TemplatesPage() {
  return <BoilerplatePage kind="template" />;
}

const OWN = "own";
/** Fewer are overlooked at a glance. */
const MANY = 6;

/** One's own signatures or templates, or those of a mailbox. */
function BoilerplatePage({ kind }: { readonly kind: BoilerplateKind }) {
  const { t } = useLingui();
  const { of } = useSearch({ strict: false });
  const { resource, reload } = useResource("my mailboxes", api.mailboxes);
  const navigate = useNavigate();
  const isSignature = kind === "signature";
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const mine = resource.status === "ready" ? resource.data : [];
  const choices = [
    { value: OWN, label: t`My own` }, ...mine.map(({ id, address }) => ({ value: id, label: address })),
    ...(of && resource.status === "ready" && !mine.some(({ id }) => id === of) ? [{ value: of, label: t`Another mailbox` }] : []),
  ];
  const go = (value: string): void => {
    void navigate({ to: isSignature ? "/settings/me/signatures" : "/settings/me/templates", search: value === OWN ? {} : { of: value }, replace: true });
  };
  return (
    <Page
      title={isSignature ? t`Signatures` : t`Templates`}
      intro={isSignature
        ? t`How your letters end: your own signatures, and those of mailboxes, which everybody who writes there can use.`
        : t`Text that you write again and again: put in from the letter's foot, or by “/” and the name.`}
      side={<Select label={t`Whose`} value={of ?? OWN} onChange={go} choices={choices} className="w-60 max-w-full" />}
    >
      {resource.status === "ready" && <Owned key={`${kind} ${of ?? OWN}`} kind={kind} of={of ?? null} mine={mine} />}
      {resource.status === "loading" && <SkeletonRows rows={3} />}
    </Page>
  );
}

async function fetchKept(id: BoilerplateId, { id: file, name, type }: KeptFile): Promise<File> {
  return new File([await fetchBlob(`/api/boilerplate/${id}/files/${file}`, type)], name, { type });
}

interface OwnedProps {
  readonly kind: BoilerplateKind;
  /** The mailbox; null: one's own. */
  readonly of: string | null;
  readonly mine: readonly Mailbox[];
}

interface Held {
  readonly boilerplate: readonly Boilerplate[];
  readonly may_change: boolean;
}

function Owned({ kind, of, mine }: OwnedProps) {
  const { t } = useLingui();
  const me = useMe();
  const { style: { locale } } = useDates();
  const isSignature = kind === "signature";
  const { resource, reload } = useResource<Held>(`${kind} ${of ?? OWN}`, async () => (of === null ? { boilerplate: await api.ownBoilerplate(), may_change: true } : api.boilerplateOf(of)));
  const [editing, setEditing] = useState<Boilerplate | "new" | null>(null);
  const [words, setWords] = useState("");
  const [turn, setTurn] = useState(0);
  const mailbox = mine.find(({ id }) => id === of) ?? mine[0] ?? null;
  const values = useMemo(() => ownValues(me, mailbox, locale), [me, mailbox, locale]);
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  if (resource.status === "loading") return <SkeletonRows rows={3} />;
  const { may_change } = resource.data;
  const all = resource.data.boilerplate.filter((each) => each.kind === kind);
  const changed = (): void => {
    forgetNeeds();
    setTurn((old) => old + 1);
    void reload();
  };
  const remove = async (one: Boilerplate): Promise<void> => {
    const files = (await Promise.all(one.files.map((file) => fetchKept(one.id, file).catch(() => null)))).filter((file) => file !== null); // the way back needs them
    await api.removeBoilerplate(one.id);
    changed();
    const { name, html, plain, subject, is_default, is_answer_default, to, cc, bcc } = one;
    let back: BoilerplateId | null = null; // a second try goes on where the first one failed
    const bringBack = async (): Promise<void> => {
      back ??= (await api.addBoilerplate(of, { kind, name, html, plain, subject, is_default, is_answer_default, ...(isSignature ? {} : { to, cc, bcc }) })).id;
      for (let [file] = files; file; [file] = files) {
        await api.addTemplateFile(back, file);
        files.shift();
      }
    };
    offerWayBack(isSignature ? t`Signature “${name}” deleted` : t`Template “${name}” deleted`, () => bringBack().finally(changed));
  };
  const add = may_change && (
    <Button variant="primary" icon={<Plus size={16} aria-hidden />} onClick={() => { setEditing("new"); }}>{isSignature ? t`Add signature` : t`Add template`}</Button>
  );
  const shown = words.trim() === "" ? all : found(all, words);
  const at = mine.find(({ id }) => id === of);
  return (
    <>
      {all.length > 0 && (add || all.length >= MANY) && (
        <div className="flex flex-wrap items-end justify-between gap-3">
          {all.length >= MANY ? <TextField label={t`Search`} type="search" value={words} onChange={({ target }) => { setWords(target.value); }} className="w-72 max-w-full" /> : <span />}
          {add}
        </div>
      )}
      {!may_change && all.length > 0 && <p className="text-muted">{t`Those who manage this mailbox keep these for everybody who writes in it.`}</p>}
      {all.length === 0 && (
        <EmptyState
          icon={isSignature ? <Signature size={24} aria-hidden /> : <LetterText size={24} aria-hidden />} actions={add}
          title={isSignature ? t`No signature yet` : t`No templates yet`}
        >
          {emptyWords({ isSignature, mayChange: may_change, isOwn: of === null })}
        </EmptyState>
      )}
      {shown.length > 0 && (
        <ul aria-label={isSignature ? t`Signatures` : t`Templates`} className="flex flex-col gap-4">
          {shown.map((one) => (
            <BoilerplateCard
              key={one.id} one={one} values={values} mayChange={may_change} onlyFor={one.is_own && one.account ? (mine.find(({ id }) => id === one.account)?.address ?? t`another mailbox`) : null}
              onEdit={() => { setEditing(one); }} onRemove={() => remove(one)} onChanged={changed}
            />
          ))}
        </ul>
      )}
      {all.length > 0 && shown.length === 0 && <p role="status" className="text-muted">{t`Nothing here has these words.`}</p>}
      {isSignature && at && at.level !== "read" && at.type !== "local" && <Signing key={turn} mailbox={at} />}
      {editing !== null && (
        <BoilerplateDialog
          kind={kind} one={editing === "new" ? null : editing} account={of} isFirst={isSignature && all.length === 0} values={values}
          onClose={() => { setEditing(null); }} onSaved={() => { setEditing(null); changed(); }}
        />
      )}
    </>
  );

  function emptyWords({ isSignature: isEnd, mayChange, isOwn }: { isSignature: boolean; mayChange: boolean; isOwn: boolean }): string {
    if (!mayChange) return isEnd ? t`Those who manage this mailbox can add some for everybody who writes in it. Your own are used meanwhile.` : t`Those who manage this mailbox can add some for everybody who writes in it.`;
    if (!isEnd) return isOwn ? t`Write one here, or keep a letter as one.` : t`Everybody who writes in this mailbox will find them in their letters.`;
    return isOwn ? t`Your first one stands in new letters from then on, wherever a mailbox has none of its own.` : t`The first one stands in everybody's new letters from this mailbox, filled in with their own name.`;
  }
}
