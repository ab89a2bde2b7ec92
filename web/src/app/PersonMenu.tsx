import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { CircleHelp, LogOut, UserRound } from "lucide-react";
import { api, isApiError, type Me } from "@/api";
import { showLanguage } from "@/i18n";
import { type Language, languageNames, languages, type Theme } from "@/lib/language";
import { ErrorNote, session, useDeed, useMe } from "@/session";
import { Avatar, Dialog, Menu, MenuChoice, MenuItem, MenuSeparator } from "@/ui";
import { showTheme } from "./theme";

type Choice = { readonly language?: Language | null; readonly theme?: Theme };

/** Show the choice at once; what the server does not take is taken back, and the error goes to the caller. */
async function choose(me: Me, change: Choice): Promise<void> {
  const show = (person: Me) => {
    session.loggedIn(person);
    showTheme(person.theme);
    return showLanguage(person.language);
  };
  await show({ ...me, ...change });
  try {
    session.loggedIn(await api.changeMe(change));
  } catch (error) {
    await show(me);
    throw error;
  }
}

async function logout(): Promise<void> {
  try {
    await api.logout();
  } catch (error) {
    if (!isApiError(error, "login_needed")) throw error;
  }
  session.loggedOut();
}

/** Language, theme, own profile and log out. */
export function PersonMenu() {
  const { t } = useLingui();
  const me = useMe();
  const navigate = useNavigate();
  const deed = useDeed();
  const keep = (change: Choice) => void deed.run(() => choose(me, change));
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
            <span className="sr-only">{t`Me and my choices`}</span>
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
        <MenuItem icon={<CircleHelp size={16} />} onSelect={() => void navigate({ to: "/help/microsoft-365" })}>
          <Trans>Help for Microsoft 365</Trans>
        </MenuItem>
        <MenuSeparator />
        <MenuChoice<Language | "browser">
          label={t`Language`}
          value={me.language ?? "browser"}
          onChange={(value) => keep({ language: value === "browser" ? null : value })}
          choices={[
            { value: "browser", label: t`Like the browser` },
            ...languages.map((value) => ({ value, label: languageNames[value] })),
          ]}
        />
        <MenuSeparator />
        <MenuChoice<Theme>
          label={t`Appearance`}
          value={me.theme}
          onChange={(theme) => keep({ theme })}
          choices={[
            { value: "system", label: t`Like the device` },
            { value: "light", label: t`Light` },
            { value: "dark", label: t`Dark` },
          ]}
        />
        <MenuSeparator />
        <MenuItem icon={<LogOut size={16} />} onSelect={() => void deed.run(logout)}>
          <Trans>Log out</Trans>
        </MenuItem>
      </Menu>
      <Dialog isOpen={deed.error !== null} onClose={deed.clear} title={<Trans>This did not work.</Trans>}>
        {deed.error !== null && <ErrorNote error={deed.error} />}
      </Dialog>
    </>
  );
}
