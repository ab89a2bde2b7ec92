import { Trans, useLingui } from "@lingui/react/macro";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { type ApiToken, api, type Mailbox } from "@/api";
import { admin } from "@/api/admin";
import { Ago, useDates } from "@/i18n";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Button, IconButton, SkeletonRows } from "@/ui";
import { AddProgram } from "./AddProgram";
import { FormDialog } from "./FormDialog";
import { Group } from "./Page";
import { levelWords } from "./words";

/** The programs that may use one's mailboxes: phones, mail programs, scripts. */
export function Programs({ login, mayAdminister }: { readonly login: string; readonly mayAdminister: boolean }) {
  const { t } = useLingui();
  const tokens = useResource("tokens", admin.tokens);
  const mailboxes = useResource("my mailboxes", api.mailboxes);
  const [isAdding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState<ApiToken | null>(null);
  const list = tokens.resource.status === "ready" ? tokens.resource.data : null;
  const mine = mailboxes.resource.status === "ready" ? mailboxes.resource.data : [];
  return (
    <Group
      title={<Trans>Programs</Trans>}
      intro={<Trans>Mail programs (JMAP) log in with an access of their own, never with your password.</Trans>}
      side={
        <Button icon={<Plus size={16} aria-hidden />} onClick={() => setAdding(true)}>
          <Trans>Add program</Trans>
        </Button>
      }
    >
      {tokens.resource.status === "failed" && <ErrorNote error={tokens.resource.error} />}
      {tokens.resource.status === "loading" && <SkeletonRows rows={1} />}
      {list?.length === 0 && (
        <p className="py-2 text-muted">
          <Trans>None yet.</Trans>
        </p>
      )}
      {list !== null && list.length > 0 && (
        <ul aria-label={t`Programs`} className="-my-1 flex flex-col">
          {list.map((token) => (
            <ProgramLine key={token.id} token={token} mailboxes={mine} onRevoke={() => setLeaving(token)} />
          ))}
        </ul>
      )}
      {isAdding && (
        <AddProgram
          login={login}
          mayAdminister={mayAdminister}
          mailboxes={mine}
          onClose={() => setAdding(false)}
          onMade={() => void tokens.reload()}
        />
      )}
      {leaving && <Revoke token={leaving} onClose={() => setLeaving(null)} onDone={() => void tokens.reload()} />}
    </Group>
  );
}

interface LineProps {
  readonly token: ApiToken;
  readonly mailboxes: readonly Mailbox[];
  readonly onRevoke: () => void;
}

function ProgramLine({ token, mailboxes, onRevoke }: LineProps) {
  const { t } = useLingui();
  const { day } = useDates();
  const [now] = useState(() => Date.now());
  const addresses = mailboxes.filter(({ id }) => token.mailboxes?.includes(id)).map(({ address }) => address);
  const hasEnded = token.expires_at !== null && Date.parse(token.expires_at) <= now;
  const none = token.mailboxes?.length === 0 ? <Trans>no mailbox</Trans> : <Trans>no mailbox any more</Trans>;
  const until = token.expires_at === null ? "" : day(token.expires_at);
  return (
    <li className="flex items-start gap-3 border-b border-border py-2.5 last:border-b-0">
      <div className="min-w-0 grow">
        <p className="font-medium wrap-anywhere">{token.name}</p>
        <p className="text-list text-muted wrap-anywhere">
          {token.administration === "read" && <><Trans>sees the administration</Trans> · </>}
          {token.administration === "write" && <><Trans>administers</Trans> · </>}
          {levelWords(token.level)} · {token.mailboxes === null ? <Trans>all my mailboxes</Trans> : addresses.join(", ") || none}
        </p>
        <p className="text-list text-muted">
          {token.last_used_at === null ? <Trans>never used</Trans> : <Trans>last used <Ago at={token.last_used_at} /></Trans>}
          {hasEnded ? <> · <Trans>ended on {until}</Trans></> : until && <> · <Trans>valid until {until}</Trans></>}
        </p>
      </div>
      <IconButton label={t`Revoke the access of ${token.name}`} icon={<X size={16} aria-hidden />} onClick={onRevoke} />
    </li>
  );
}

interface RevokeProps {
  readonly token: ApiToken;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

function Revoke({ token, onClose, onDone }: RevokeProps) {
  const deed = useDeed();
  const revoke = async () => {
    if (!(await deed.run(() => admin.revokeToken(token.id)))) return;
    onDone();
    onClose();
  };
  return (
    <FormDialog
      title={<Trans>Revoke the access of {token.name}?</Trans>}
      button={<Trans>Revoke access</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void revoke()}
    >
      <p>
        <Trans>The program is locked out at once. Should you want it back, add it anew.</Trans>
      </p>
    </FormDialog>
  );
}
