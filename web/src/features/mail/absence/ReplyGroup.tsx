import { useLingui } from "@lingui/react/macro";
import type { FormEvent } from "react";
import { useId, useRef, useState } from "react";
import type { AccountId, AutomaticReply, ReplyAudience } from "@/api";
import { ApiError, api } from "@/api";
import { ErrorNote, explain, useDeed, useResource } from "@/session";
import { Button, Checkbox, Group, Select, SkeletonRows, StateDot, Switch, TextField, showToast } from "@/ui";
import { Editor } from "../compose/editor/Editor";
import { plainOf } from "../compose/editor/mailHtml";
import { cleanedHtml } from "../compose/quote";
import { useStanding } from "./useStanding";
import { NoteText } from "./noteText";
import type { ReplyForm } from "./reply";
import { formOf, replyOf } from "./reply";

interface GroupProps {
  readonly account: AccountId;
  readonly mayChange: boolean;
}

/** The note with which Microsoft answers. */
export function ReplyGroup({ account, mayChange }: GroupProps) {
  const { t } = useLingui();
  const { resource, reload, patch } = useResource(`reply ${account}`, () => api.automaticReply(account));
  const standing = useStanding(resource.status === "ready" ? resource.data : null);
  return (
    <Group title={t`Out-of-office note`} intro={t`Microsoft answers everybody who writes to the mailbox, each sender once.`} side={standing && <StateDot tone={standing.tone}>{standing.words}</StateDot>}>
      {resource.status === "loading" && <SkeletonRows rows={3} />}
      {resource.status === "failed" && (
        <div className="flex flex-col items-start gap-3">
          <ErrorNote error={resource.error} />
          <Button onClick={() => void reload()}>{t`Try again`}</Button>
        </div>
      )}
      {resource.status === "ready" && (mayChange
        ? <Form key={JSON.stringify(resource.data)} account={account} reply={resource.data} onSaved={(fresh) => { patch(() => fresh); }} />
        : <Shown reply={resource.data} />)}
    </Group>
  );
}

function Shown({ reply }: { readonly reply: AutomaticReply }) {
  const { t } = useLingui();
  return (
    <div className="flex flex-col gap-2">
      {reply.is_enabled && <p className="whitespace-pre-line">{plainOf(cleanedHtml(reply.internal))}</p>}
      <p className="text-muted">{t`Those who may send from this mailbox set the note.`}</p>
    </div>
  );
}

interface FormProps {
  readonly account: AccountId;
  readonly reply: AutomaticReply;
  readonly onSaved: (fresh: AutomaticReply) => void;
}

function Form({ account, reply, onSaved }: FormProps) {
  const { t } = useLingui();
  const deed = useDeed();
  const [form, setForm] = useState<ReplyForm>(() => formOf(reply));
  const [isChanged, setChanged] = useState(false);
  const [texts] = useState(() => ({
    internal: new NoteText(reply.internal, () => { setChanged(true); }), external: new NoteText(reply.external, () => { setChanged(true); }),
  }));
  const set = (change: Partial<ReplyForm>): void => {
    setForm({ ...form, ...change });
    setChanged(true);
    deed.clear();
  };
  const put = async (wanted: AutomaticReply): Promise<void> => { onSaved(await api.setAutomaticReply(account, wanted)); };
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const wanted = replyOf(form, { internal: texts.internal.html(), external: texts.external.html() }, reply);
    if (!(await deed.run(() => put(wanted)))) return;
    showToast(wanted.is_enabled ? t`Out-of-office note saved` : t`Out-of-office note is off`, () => { void deed.run(() => put(reply)); });
  };
  const field = deed.error instanceof ApiError ? deed.error.field : null;
  const at = (name: string): string | undefined => (field === name ? wrongWords(deed.error) : undefined);
  const isAtField = field === "internal" || field === "external" || field === "from" || field === "to";
  return (
    <form onSubmit={(event) => void save(event)} className="flex flex-col gap-4">
      {deed.error !== null && !isAtField && <ErrorNote error={deed.error} />}
      <Switch label={t`Answer automatically`} isOn={form.isOn} onChange={(isOn) => { set({ isOn }); }} />
      {form.isOn && (
        <>
          <Window form={form} set={set} wrongAt={at} />
          <NoteEditor label={t`Answer to people in your organisation`} text={texts.internal} error={at("internal")} />
          <Select<ReplyAudience>
            label={t`People outside your organisation`} isLabelShown value={form.audience} onChange={(audience) => { set({ audience }); }} className="w-96 max-w-full"
            choices={[
              { value: "all", label: t`everybody is answered` }, { value: "contacts", label: t`only contacts of the mailbox are answered` },
              { value: "none", label: t`nobody is answered` },
            ]}
          />
          {form.audience !== "none" && <Checkbox label={t`They get the same answer`} checked={form.isSame} onChange={({ target }) => { set({ isSame: target.checked }); }} />}
          {form.audience !== "none" && !form.isSame && <NoteEditor label={t`Answer to people outside`} text={texts.external} error={at("external")} />}
        </>
      )}
      <div><Button variant="primary" type="submit" isBusy={deed.isBusy} disabled={!isChanged}>{t`Save the note`}</Button></div>
    </form>
  );
}

interface WindowProps {
  readonly form: ReplyForm;
  readonly set: (change: Partial<ReplyForm>) => void;
  readonly wrongAt: (field: string) => string | undefined;
}

/** From when until when; each end may be open. */
function Window({ form, set, wrongAt }: WindowProps) {
  const { t } = useLingui();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <div className="flex flex-col gap-1">
      <div className="flex flex-wrap gap-4">
        <TextField
          label={t`From`} type="datetime-local" value={form.from} error={wrongAt("from")} hint={t`Empty: at once`} className="w-60 max-w-full"
          onChange={({ target }) => { set({ from: target.value }); }}
        />
        <TextField
          label={t`Until`} type="datetime-local" value={form.to} min={form.from} error={wrongAt("to")} hint={t`Empty: until it is switched off`} className="w-60 max-w-full"
          onChange={({ target }) => { set({ to: target.value }); }}
        />
      </div>
      <p className="text-list text-muted">{t`Time zone: ${zone}`}</p>
    </div>
  );
}

interface NoteEditorProps {
  readonly label: string;
  readonly text: NoteText;
  readonly error: string | undefined;
}

function NoteEditor({ label, text, error }: NoteEditorProps) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  return (
    <div role="group" aria-labelledby={id} className="flex flex-col gap-1">
      <p id={id} className="text-list font-medium">{label}</p>
      <div ref={frame} className="flex max-h-72 min-h-40 flex-col overflow-hidden rounded-md border border-border-strong focus-within:outline-2 focus-within:outline-accent">
        <Editor holder={text} isFirst={false} isToolbarShown hasPictures={false} />
      </div>
      {error && <p role="alert" className="text-list text-danger">{error}</p>}
    </div>
  );
}

function wrongWords(error: unknown): string {
  const { title, remedy } = explain(error);
  return `${title} ${remedy}`;
}
