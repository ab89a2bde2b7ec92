import { Trans, useLingui } from "@lingui/react/macro";
import { LogOut, Monitor, Smartphone } from "lucide-react";
import { useState } from "react";
import { api, type Login } from "@/api";
import { Ago } from "@/i18n";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Button, SkeletonRows } from "@/ui";
import { FormDialog } from "../FormDialog";
import { Group } from "../Page";
import { deviceWords, isHandheld } from "./device";

/** Where one is logged in, each to be ended, or all others at once. */
export function Logins() {
  const { t } = useLingui();
  const { resource, reload } = useResource("my logins", api.logins);
  const [isEnding, setEnding] = useState(false);
  const deed = useDeed();
  const list = resource.status === "ready" ? resource.data : [];
  const end = async (login: Login) => {
    if (await deed.run(() => api.endLogin(login.id))) await reload();
  };
  return (
    <Group
      title={<Trans>Where you are logged in</Trans>}
      intro={<Trans>End what you do not know, then change your password.</Trans>}
      side={
        list.length > 1 && (
          <Button icon={<LogOut size={16} aria-hidden />} onClick={() => setEnding(true)}>
            <Trans>End all others</Trans>
          </Button>
        )
      }
    >
      {resource.status === "failed" && <ErrorNote error={resource.error} />}
      {deed.error !== null && <ErrorNote error={deed.error} className="mb-3" />}
      {resource.status === "loading" && <SkeletonRows rows={2} />}
      {list.length > 0 && (
        <ul aria-label={t`Where you are logged in`} className="-my-1 flex flex-col">
          {list.map((login) => (
            <LoginLine key={login.id} login={login} isBusy={deed.isBusy} onEnd={() => void end(login)} />
          ))}
        </ul>
      )}
      {isEnding && <EndOthers onClose={() => setEnding(false)} onDone={() => void reload()} />}
    </Group>
  );
}

interface LineProps {
  readonly login: Login;
  readonly isBusy: boolean;
  readonly onEnd: () => void;
}

function LoginLine({ login, isBusy, onEnd }: LineProps) {
  const { t } = useLingui();
  const device = deviceWords(login.agent);
  const Icon = isHandheld(login.agent) ? Smartphone : Monitor;
  return (
    <li className="flex items-start gap-3 border-b border-border py-2.5 last:border-b-0">
      <Icon size={18} aria-hidden className="mt-0.5 shrink-0 text-muted" />
      <div className="min-w-0 grow">
        <p className="font-medium wrap-anywhere" title={login.agent}>{device}</p>
        <p className="text-list text-muted">
          {login.is_this ? <Trans>This device, now</Trans> : <Trans>last seen <Ago at={login.last_seen_at} /></Trans>}
          {" · "}
          <Trans>logged in <Ago at={login.created_at} /></Trans>
        </p>
      </div>
      {!login.is_this && (
        <Button aria-label={t`End the login of ${device}`} isBusy={isBusy} onClick={onEnd}>
          <Trans>End</Trans>
        </Button>
      )}
    </li>
  );
}

function EndOthers({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const deed = useDeed();
  const end = async () => {
    if (!(await deed.run(api.endOtherLogins))) return;
    onDone();
    onClose();
  };
  return (
    <FormDialog
      title={<Trans>End all other logins?</Trans>}
      button={<Trans>End all others</Trans>}
      variant="danger"
      deed={deed}
      onClose={onClose}
      onSubmit={() => void end()}
    >
      <p>
        <Trans>You stay logged in here. Everywhere else the page asks for your password at once.</Trans>
      </p>
    </FormDialog>
  );
}
