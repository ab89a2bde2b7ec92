import { useLingui } from "@lingui/react/macro";
import { Ellipsis, Paperclip, Pencil } from "lucide-react";
import type { Boilerplate } from "@/api";
import { api } from "@/api";
import { useDates } from "@/i18n";
import { personName } from "@/lib/personName";
import type { Values } from "@/lib/placeholders";
import { filledHtml, filledPlain } from "@/lib/placeholders";
import { ErrorNote, offerWayBack, useDeed } from "@/session";
import { Button, Menu, MenuItem, MenuSeparator } from "@/ui";
import { addressOf } from "../compose/groups";
import { textAsHtml } from "../compose/quote";
import { fileSize } from "../text/names";
import { Preview } from "./Preview";

export interface BoilerplateCardProps {
  readonly one: Boilerplate;
  readonly values: Values;
  readonly mayChange: boolean;
  /** The address of the only mailbox that it is for. */
  readonly onlyFor: string | null;
  readonly onEdit: () => void;
  readonly onRemove: () => Promise<void>;
  readonly onChanged: () => void;
}

/** One of them as it looks, with what can be done with it. */
export function BoilerplateCard({ one, values, mayChange, onlyFor, onEdit, onRemove, onChanged }: BoilerplateCardProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const isSignature = one.kind === "signature";
  const put = (fields: Partial<Pick<Boilerplate, "is_default" | "is_answer_default">>, back: typeof fields, said: string): void => {
    void deed.run(async () => {
      await api.changeBoilerplate(one.id, fields);
      onChanged();
      offerWayBack(said, () => api.changeBoilerplate(one.id, back).then(onChanged));
    });
  };
  const about = [
    one.is_default ? t`for new messages` : null, one.is_answer_default ? t`for answers` : null, onlyFor ? t`only for ${onlyFor}` : null,
    one.html === "" ? t`plain text` : null,
  ].filter((word) => word !== null).join(" · ");
  return (
    <li className="rounded-md border border-border">
      <header className="flex items-center gap-2 border-b border-border py-2 pr-2 pl-4">
        <div className="min-w-0 grow">
          <h2 className="text-reading font-semibold wrap-anywhere">{one.name}</h2>
          {about !== "" && <p className="text-list text-muted">{about}</p>}
          <Extras one={one} />
          {one.subject !== "" && <p className="truncate text-list text-muted"><bdi>{t`Subject: ${filledPlain(one.subject, values)}`}</bdi></p>}
        </div>
        {mayChange && (
          <>
            <Button icon={<Pencil size={16} aria-hidden />} aria-label={t`Change “${one.name}”`} onClick={onEdit}>{t`Change`}</Button>
            <Menu align="end" trigger={<Button variant="ghost" aria-label={t`More of “${one.name}”`} title={t`More`} icon={<Ellipsis size={18} aria-hidden />} className="px-2 text-muted touch:px-3" />}>
              {isSignature && onlyFor === null && (
                <>
                  {one.is_default
                    ? <MenuItem onSelect={() => { put({ is_default: false }, { is_default: true }, t`No longer the default for new messages`); }}>{t`Not the default for new messages`}</MenuItem>
                    : <MenuItem onSelect={() => { put({ is_default: true }, { is_default: false }, t`“${one.name}” is the default for new messages`); }}>{t`Make it the default for new messages`}</MenuItem>}
                  {one.is_answer_default
                    ? <MenuItem onSelect={() => { put({ is_answer_default: false }, { is_answer_default: true }, t`No longer the default for answers`); }}>{t`Not the default for answers`}</MenuItem>
                    : <MenuItem onSelect={() => { put({ is_answer_default: true }, { is_answer_default: false }, t`“${one.name}” is the default for answers`); }}>{t`Make it the default for answers`}</MenuItem>}
                  <MenuSeparator />
                </>
              )}
              <MenuItem tone="danger" onSelect={() => { void deed.run(onRemove); }}>{t`Delete`}</MenuItem>
            </Menu>
          </>
        )}
      </header>
      {deed.error !== null && <ErrorNote error={deed.error} className="m-3" />}
      <Preview title={t`Preview of “${one.name}”`} html={one.html === "" ? textAsHtml(filledPlain(one.plain, values)) : filledHtml(one.html, values)} />
    </li>
  );
}

/** Whom a template goes to, and what it attaches. */
function Extras({ one: { to, cc, bcc, files } }: Pick<BoilerplateCardProps, "one">) {
  const { t } = useLingui();
  const { style: { locale } } = useDates();
  const people = [...to, ...cc, ...bcc].map((each) => personName(addressOf(each)) ?? "").join(", ");
  return (
    <>
      {people !== "" && <p className="truncate text-list text-muted"><bdi>{t`To: ${people}`}</bdi></p>}
      {files.length > 0 && (
        <p className="flex min-w-0 items-center gap-1.5 text-list text-muted">
          <Paperclip size={14} aria-hidden className="shrink-0" />
          <bdi className="truncate">{files.map(({ name, size }) => `${name} (${fileSize(size, locale)})`).join(", ")}</bdi>
        </p>
      )}
    </>
  );
}
