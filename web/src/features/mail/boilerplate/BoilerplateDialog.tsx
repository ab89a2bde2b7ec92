import { useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Braces } from "lucide-react";
import type { FormEvent } from "react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { AccountId, Boilerplate, BoilerplateFields, BoilerplateKind } from "@/api";
import { ApiError, api } from "@/api";
import type { Values } from "@/lib/placeholders";
import { filledHtml, filledPlain, meaningOf } from "@/lib/placeholders";
import { ErrorNote, explain, useDeed } from "@/session";
import { Banner, Button, Checkbox, Dialog, Menu, MenuItem, Select, TextArea, TextField } from "@/ui";
import { addressOf, personOf } from "../compose/groups";
import { Editor } from "../compose/editor/Editor";
import { plainOf } from "../compose/editor/mailHtml";
import { textAsHtml } from "../compose/quote";
import { DraftText } from "./draftText";
import { Preview } from "./Preview";
import type { TemplatePeople } from "./TemplateExtras";
import { FilesPart, PeoplePart } from "./TemplateExtras";
import { useTemplateFiles } from "./useTemplateFiles";
import { placeholderChoices } from "./words";

export interface BoilerplateDialogProps {
  readonly kind: BoilerplateKind;
  /** Null: a new one. */
  readonly one: Boilerplate | null;
  /** Whose a new one is; null: one's own. */
  readonly account: AccountId | null;
  /** A new signature is the first: it becomes the default. */
  readonly isFirst: boolean;
  readonly values: Values;
  readonly onClose: () => void;
  readonly onSaved: (saved: Boilerplate) => void;
}

type Format = "rich" | "plain" | "source";

const PREVIEW_MS = 250;

/** Write a signature or a template. What was typed is not lost by a slip: leaving asks. */
export function BoilerplateDialog({ kind, one, account, isFirst, values, onClose, onSaved }: BoilerplateDialogProps) {
  const { t } = useLingui();
  const formId = useId();
  const deed = useDeed();
  const isSignature = kind === "signature";
  const [form, setForm] = useState(() => ({
    name: one?.name ?? "", subject: one?.subject ?? "", is_default: one?.is_default ?? isFirst, is_answer_default: one?.is_answer_default ?? isFirst,
  }));
  const body = useBody(one);
  const files = useTemplateFiles(one);
  const [people, setPeople] = useState<TemplatePeople>(() => ({ to: (one?.to ?? []).map(addressOf), cc: (one?.cc ?? []).map(addressOf), bcc: (one?.bcc ?? []).map(addressOf) }));
  const stored = useRef(one); // a new one that is there, while its files are not yet
  const [isChanged, setChanged] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const set = (change: Partial<typeof form>): void => { setForm({ ...form, ...change }); setChanged(true); deed.clear(); };
  const leave = (): void => { if (isChanged || body.isChanged || files.isChanged) setLeaving(true); else onClose(); };
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const isDone = await deed.run(async () => {
      const fields: BoilerplateFields = { ...form, name: form.name.trim(), ...(await body.texts()), ...(isSignature ? {} : peopleOf(people)) };
      stored.current = stored.current ? await api.changeBoilerplate(stored.current.id, fields) : await api.addBoilerplate(account, { kind, ...fields });
      stored.current = (await files.save(stored.current.id)) ?? stored.current;
    });
    if (isDone && stored.current) onSaved(stored.current);
  };
  const atName = deed.error instanceof ApiError && deed.error.field === "name" ? explain(deed.error) : null;
  const title = isSignature ? (one ? t`Change signature` : t`New signature`) : one ? t`Change template` : t`New template`;
  return (
    <Dialog
      isOpen onClose={leave} title={title} width="wide"
      actions={<><Button onClick={leave}>{t`Cancel`}</Button><Button variant="primary" type="submit" form={formId} isBusy={deed.isBusy}>{isSignature ? t`Save signature` : t`Save template`}</Button></>}
    >
      <form id={formId} onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
        {deed.error !== null && !atName && <ErrorNote error={deed.error} />}
        <div className="grid gap-4 phone:grid-cols-2">
          <TextField
            label={t`Name`} required maxLength={100} value={form.name} error={atName && `${atName.title} ${atName.remedy}`} onChange={({ target }) => { set({ name: target.value }); }}
            hint={isSignature ? t`Only for choosing; recipients don't see it.` : t`By which you find it again.`}
          />
          {isSignature
            ? <FormatChoice body={body} />
            : <TextField label={t`Subject`} maxLength={500} value={form.subject} onChange={({ target }) => { set({ subject: target.value }); }} hint={t`For letters that have none yet.`} />}
        </div>
        {!isSignature && <PeoplePart account={account} people={people} onChange={(change) => { setPeople({ ...people, ...change }); setChanged(true); deed.clear(); }} />}
        <Text body={body} isTemplate={!isSignature} />
        {!isSignature && <FilesPart files={files} />}
        {isSignature && account === null && one?.account !== undefined && one.account !== null ? null : isSignature && (
          <div className="flex flex-col gap-1">
            <Checkbox label={t`Default for new messages`} checked={form.is_default} onChange={({ target }) => { set({ is_default: target.checked }); }} />
            <Checkbox label={t`Default for answers and forwards`} checked={form.is_answer_default} onChange={({ target }) => { set({ is_answer_default: target.checked }); }} />
          </div>
        )}
        <Shown body={body} values={values} subject={isSignature ? "" : form.subject} />
      </form>
      {isLeaving && (
        <Dialog
          isOpen onClose={() => { setLeaving(false); }} title={t`Discard your changes?`}
          actions={<><Button data-focus-first onClick={() => { setLeaving(false); }}>{t`Continue writing`}</Button><Button variant="danger" onClick={onClose}>{t`Discard changes`}</Button></>}
        >
          <p>{t`What you have written here is not saved yet.`}</p>
        </Dialog>
      )}
    </Dialog>
  );
}

function peopleOf({ to, cc, bcc }: TemplatePeople): Pick<BoilerplateFields, "to" | "cc" | "bcc"> {
  return { to: to.map(personOf), cc: cc.map(personOf), bcc: bcc.map(personOf) };
}

interface Body {
  readonly format: Format;
  readonly draft: DraftText;
  readonly words: string;
  readonly isChanged: boolean;
  readonly refused: string | null;
  /** The text as it will be shown, a moment after the last key. */
  readonly shown: string;
  readonly setFormat: (format: Format) => void;
  readonly setWords: (words: string) => void;
  readonly texts: () => Promise<Pick<BoilerplateFields, "html" | "plain">>;
}

/** The text in the form in which it is written at the moment; another form takes it over. */
function useBody(one: Boilerplate | null): Body {
  const [format, setForm] = useState<Format>(one !== null && one.html === "" ? "plain" : "rich");
  const [words, setText] = useState(one?.plain ?? "");
  const [isChanged, setChanged] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [turn, setTurn] = useState(0);
  const [shown, setShown] = useState(one?.html ?? "");
  const make = (html: string): DraftText => new DraftText(
    html, () => { setChanged(true); setRefused(null); setTurn((old) => old + 1); }, ({ name }) => { setRefused(name); },
  );
  const [draft, setDraft] = useState(() => make(one?.html ?? ""));
  useEffect(() => () => { draft.dispose(); }, [draft]);
  const kept = async (): Promise<string> => (format === "rich" ? draft.kept() : format === "source" ? words : textAsHtml(words));
  const latest = useRef(kept);
  useEffect(() => { latest.current = kept; });
  useEffect(() => {
    const timer = setTimeout(() => { void latest.current().then(setShown); }, PREVIEW_MS);
    return () => { clearTimeout(timer); };
  }, [turn, words, format]);
  return {
    format, draft, words, isChanged, refused, shown,
    setFormat: (next) => {
      void kept().then((html) => {
        if (next === "rich") setDraft(make(html));
        else setText(next === "source" ? html : format === "plain" ? words : plainOf(html));
        setForm(next);
        setChanged(true);
      });
    },
    setWords: (next) => { setText(next); setChanged(true); },
    texts: async () => {
      if (format === "plain") return { html: "", plain: words.trimEnd() };
      const html = await kept();
      return { html, plain: plainOf(html).trimEnd() };
    },
  };
}

function FormatChoice({ body }: { readonly body: Body }) {
  const { t } = useLingui();
  return (
    <Select<Format>
      label={t`Form`} isLabelShown value={body.format} onChange={body.setFormat}
      choices={[
        { value: "rich", label: t`With formatting` }, { value: "plain", label: t`Plain text` },
        { value: "source", label: t`HTML source`, hint: t`For a signature that an agency has made for you.` },
      ]}
    />
  );
}

function Text({ body, isTemplate }: { readonly body: Body; readonly isTemplate: boolean }) {
  const { t } = useLingui();
  const { format, draft, words, refused } = body;
  const area = useRef<HTMLTextAreaElement>(null);
  const insert = (sign: string): void => {
    if (format === "rich") { draft.insertText(sign); return; }
    const at = area.current?.selectionStart ?? words.length;
    body.setWords(words.slice(0, at) + sign + words.slice(area.current?.selectionEnd ?? at));
    requestAnimationFrame(() => { area.current?.focus(); area.current?.setSelectionRange(at + sign.length, at + sign.length); });
  };
  return (
    <div className="flex flex-col gap-2">
      {refused !== null && <Banner tone="danger" title={t`“${refused}” can't be put in.`}>{t`Pictures may be PNG, JPEG, GIF or WebP, and have about 100 KB when they are made smaller.`}</Banner>}
      {format === "rich" ? (
        <div className="flex max-h-72 min-h-48 flex-col overflow-hidden rounded-md border border-border-strong focus-within:outline-2 focus-within:outline-accent">
          <Editor holder={draft} isFirst={false} isToolbarShown tools={<PlaceholderMenu isTemplate={isTemplate} onChoose={insert} />} />
        </div>
      ) : (
        <>
          <TextArea
            ref={area} label={t`Text`} rows={8} maxLength={format === "plain" ? 20_000 : 400_000} value={words} spellCheck={format === "plain"}
            onChange={({ target }) => { body.setWords(target.value); }} className="font-mono"
          />
          <div><PlaceholderMenu isTemplate={isTemplate} onChoose={insert} isNamed /></div>
        </>
      )}
    </div>
  );
}

interface PlaceholderMenuProps {
  readonly isTemplate: boolean;
  readonly isNamed?: boolean;
  readonly onChoose: (sign: string) => void;
}

function PlaceholderMenu({ isTemplate, isNamed, onChoose }: PlaceholderMenuProps) {
  const { t } = useLingui();
  const chosen = useRef<string | null>(null);
  const put = (): boolean => {
    const sign = chosen.current;
    chosen.current = null;
    if (sign !== null) onChoose(sign);
    return sign !== null;
  };
  return (
    <Menu
      side="top" takeFocus={put}
      trigger={<Button variant={isNamed ? "secondary" : "ghost"} icon={<Braces size={16} aria-hidden />} className="shrink-0 text-list">{t`Placeholder`}</Button>}
    >
      {placeholderChoices(isTemplate).map(({ meaning, sign, label }) => (
        <MenuItem key={meaning} onSelect={() => { chosen.current = sign; }}>
          {label} <span className="text-fine text-muted">{sign}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}

interface ShownProps {
  readonly body: Body;
  readonly values: Values;
  readonly subject: string;
}

/** How it will look for oneself, and what of oneself is not known. */
function Shown({ body, values, subject }: ShownProps) {
  const { t } = useLingui();
  const { shown } = body;
  const missing = useMemo(() => {
    const named = new Set([...shown.matchAll(/\{\{([^{}<>]{1,60})\}\}/gu)].map(([, name]) => meaningOf(name ?? "")));
    return [...named].filter((meaning) => (meaning === "phone" || meaning === "position") && values[meaning] === "");
  }, [shown, values]);
  const filledSubject = filledPlain(subject, values).trim();
  return (
    <section className="flex flex-col gap-1" aria-label={t`Preview`}>
      <h3 className="text-list font-medium">{t`Preview`}</h3>
      <div className="overflow-hidden rounded-md border border-border">
        {filledSubject !== "" && <p className="border-b border-border px-3 py-2 text-ui font-medium"><bdi>{filledSubject}</bdi></p>}
        <Preview title={t`Preview`} html={filledHtml(shown, values)} />
      </div>
      {missing.length > 0 && (
        <p className="text-list text-muted">
          {missing.length === 2 ? t`Your phone number and your position are not entered, so their lines are left out.`
            : missing[0] === "phone" ? t`Your phone number is not entered, so its line is left out.` : t`Your position is not entered, so its line is left out.`}{" "}
          <Link to="/settings/me" target="_blank" className="text-accent underline underline-offset-2">{t`Enter it in your profile`}</Link>
        </p>
      )}
    </section>
  );
}
