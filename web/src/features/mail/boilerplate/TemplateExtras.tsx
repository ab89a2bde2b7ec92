import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { Paperclip, X } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import type { AccountId, RecipientGroup } from "@/api";
import { api } from "@/api";
import { useDates } from "@/i18n";
import type { AccountId as MailAccountId } from "@/jmap";
import { useResource } from "@/session";
import { Button, IconButton } from "@/ui";
import type { Recipient } from "../compose/groups";
import { PeopleField } from "../compose/PeopleField";
import { useCorrespondents } from "../compose/useCorrespondents";
import { fileSize } from "../text/names";
import type { TemplateFiles } from "./useTemplateFiles";

export interface TemplatePeople {
  readonly to: readonly Recipient[];
  readonly cc: readonly Recipient[];
  readonly bcc: readonly Recipient[];
}

const NO_GROUPS: readonly RecipientGroup[] = [];

export interface PeoplePartProps {
  /** Whose the template is; null: one's own. */
  readonly account: AccountId | null;
  readonly people: TemplatePeople;
  readonly onChange: (people: Partial<TemplatePeople>) => void;
}

/** Whom letters from this template go to. Cc and Bcc come when they are asked for, as in a letter. */
export function PeoplePart({ account, people, onChange }: PeoplePartProps) {
  const { t } = useLingui();
  const { to, cc, bcc } = people;
  const [isMore, setMore] = useState(cc.length > 0 || bcc.length > 0);
  const correspondents = useCorrespondents(account as MailAccountId | null);
  const known = useCallback(() => correspondents, [correspondents]);
  const { resource } = useResource(`groups for a template ${account ?? ""}`, async () => {
    const [own, { groups }] = await Promise.all([api.ownGroups(), account === null ? { groups: NO_GROUPS } : api.groupsOf(account)]);
    return [...groups, ...own];
  });
  const groups = resource.status === "ready" ? resource.data : NO_GROUPS;
  const chosen = useMemo(() => [...to, ...cc, ...bcc], [to, cc, bcc]);
  const field = { chosen, known, groups };
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 text-list font-medium">{t`Recipients`}</legend>
      <div className="rounded-md border border-border-strong [&>div:last-child]:border-b-0">
        <PeopleField {...field} label={t`To`} people={to} onChange={(now) => { onChange({ to: now }); }}>
          {!isMore && <button type="button" onClick={(event) => { event.stopPropagation(); setMore(true); }} className="min-h-8 shrink-0 rounded-sm px-1.5 text-list text-muted hover:text-ink touch:min-h-11 touch:px-2.5">{t`Cc and Bcc`}</button>}
        </PeopleField>
        {isMore && <PeopleField {...field} label={t({ message: "Cc", context: "field of a letter" })} people={cc} onChange={(now) => { onChange({ cc: now }); }} />}
        {isMore && <PeopleField {...field} label={t({ message: "Bcc", context: "field of a letter" })} people={bcc} onChange={(now) => { onChange({ bcc: now }); }} />}
      </div>
      <p className="text-list text-muted">{t`They are added to those who are in the letter already.`}</p>
    </fieldset>
  );
}

/** What one template may attach. Source: docs/api.md. */
const MOST_OCTETS = 20_000_000;

/** What is attached when the template is put into a letter. */
export function FilesPart({ files }: { readonly files: TemplateFiles }) {
  const { t } = useLingui();
  const { style: { locale } } = useDates();
  const picker = useRef<HTMLInputElement>(null);
  const total = files.shown.reduce((sum, { size }) => sum + size, 0);
  return (
    <section aria-label={t`Files`} className="flex flex-col items-start gap-1.5">
      <h3 className="text-list font-medium">{t`Files`}</h3>
      {files.shown.length > 0 && (
        <ul className="flex max-w-full flex-wrap gap-1.5">
          {files.shown.map(({ key, name, size }) => (
            <li key={key} className="flex max-w-full items-center gap-2 rounded-md border border-border pl-2">
              <Paperclip size={16} aria-hidden className="shrink-0 text-muted" />
              <span className="min-w-0 py-1">
                <bdi className="block max-w-64 truncate text-list">{name}</bdi>
                <span className="tabular block text-fine text-muted">{fileSize(size, locale)}</span>
              </span>
              <IconButton label={t`Remove ${name}`} icon={<X size={16} aria-hidden />} onClick={() => { files.remove(key); }} />
            </li>
          ))}
        </ul>
      )}
      <Button icon={<Paperclip size={16} aria-hidden />} onClick={() => { picker.current?.click(); }}>{t`Attach files`}</Button>
      <input
        ref={picker} type="file" multiple hidden aria-label={t`Attach files`} tabIndex={-1}
        onChange={({ target }) => {
          files.add([...(target.files ?? [])]);
          target.value = "";
        }}
      />
      <p className="text-list text-muted">
        {files.shown.length === 0 ? t`Letters from this template take them along.` : `${plural(files.shown.length, { one: "# file", other: "# files" })}, ${t`${fileSize(total, locale)} of ${fileSize(MOST_OCTETS, locale)}`}`}
      </p>
    </section>
  );
}
