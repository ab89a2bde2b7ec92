import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { BellRing, CircleHelp, Download, LogOut, UserRound } from "lucide-react";
import { Suspense, lazy, useState, useSyncExternalStore } from "react";
import { install } from "@/device/install";
import { openFeature } from "@/i18n";
import { choicesOf, choose, type Choices, ErrorNote, languageChoices, session, themeChoices, useDeed, useMe } from "@/session";
import { Avatar, Dialog, Menu, MenuChoice, MenuItem, MenuSeparator } from "@/ui";

/** Comes when somebody wants to leave. */
const parting = async () => {
  const [loaded] = await Promise.all([import("@/features/login/Logout"), openFeature("login")]);
  return loaded;
};
const LogoutQuestion = lazy(async () => ({ default: (await parting()).LogoutQuestion }));

/** Language, theme, own profile and log out. */
export function PersonMenu() {
  const { t } = useLingui();
  const me = useMe();
  const navigate = useNavigate();
  const deed = useDeed();
  const [isAsking, setAsking] = useState(false);
  const logout = async () => { await (await parting()).logout(); };
  const leave = async () => { if (await session.saveAll()) await logout(); else setAsking(true); };
  const installNow = useSyncExternalStore(install.subscribe, install.get);
  const { language, theme } = choicesOf(me);
  const keep = (change: Choices) => void deed.run(() => choose(me, change));
  return (
    <>
      <Menu
        side="right"
        align="end"
        trigger={
          <button
            type="button"
            className="flex h-14 min-w-20 flex-col items-center justify-center gap-0.5 rounded-md text-muted hover:bg-hover phone:size-10 phone:min-w-0"
          >
            <span className="sr-only">{t`Profile and preferences`}</span>
            <span aria-hidden><Avatar name={me.name} /></span>
            <span aria-hidden className="text-[11px] leading-4 phone:hidden">
              <Trans>Me</Trans>
            </span>
          </button>
        }
      >
        <div className="px-2 pt-1.5 pb-2">
          <p className="font-semibold">{me.name}</p>
          <p className="text-list text-muted">{me.email || me.login}</p>
        </div>
        <MenuSeparator />
        <MenuItem icon={<UserRound size={16} />} onSelect={() => void navigate({ to: "/settings/me" })}>
          <Trans>My profile and password</Trans>
        </MenuItem>
        <MenuItem icon={<BellRing size={16} />} onSelect={() => void navigate({ to: "/settings/device" })}>
          <Trans>Notifications and this device</Trans>
        </MenuItem>
        {installNow && (
          <MenuItem icon={<Download size={16} />} onSelect={() => void deed.run(installNow)}>
            <Trans>Install Poststelle</Trans>
          </MenuItem>
        )}
        <MenuItem icon={<CircleHelp size={16} />} onSelect={() => void navigate({ to: "/help/microsoft-365" })}>
          <Trans>Help for Microsoft 365</Trans>
        </MenuItem>
        <MenuSeparator />
        <MenuChoice label={t`Language`} value={language} onChange={(value) => keep({ language: value })} choices={languageChoices()} />
        <MenuSeparator />
        <MenuChoice label={t`Appearance`} value={theme} onChange={(value) => keep({ theme: value })} choices={themeChoices()} />
        <MenuSeparator />
        <MenuItem icon={<LogOut size={16} />} onSelect={() => void deed.run(leave)}>
          <Trans>Log out</Trans>
        </MenuItem>
      </Menu>
      {isAsking && (
        <Suspense fallback={null}>
          <LogoutQuestion onStay={() => { setAsking(false); }} onLeave={() => { setAsking(false); void deed.run(logout); }} />
        </Suspense>
      )}
      <Dialog isOpen={deed.error !== null} onClose={deed.clear} title={<Trans>This did not work.</Trans>}>
        {deed.error !== null && <ErrorNote error={deed.error} />}
      </Dialog>
    </>
  );
}
