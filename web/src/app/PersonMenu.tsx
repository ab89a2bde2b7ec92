import { Trans, useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { CircleHelp, LogOut, UserRound } from "lucide-react";
import { api, type Me } from "@/api";
import { showLanguage } from "@/i18n";
import { type Language, languageNames, languages, type Theme } from "@/lib/language";
import { session, useMe } from "@/session";
import { Avatar, Menu, MenuChoice, MenuItem, MenuSeparator, showToast } from "@/ui";
import { showTheme } from "./theme";

/** Keep the choice on screen at once; when the server does not take it, go back and say so. */
async function choose(me: Me, change: { language?: Language | null; theme?: Theme }, sorry: string): Promise<void> {
  const show = (person: Me) => {
    showTheme(person.theme);
    return showLanguage(person.language);
  };
  const next = { ...me, ...change };
  session.loggedIn(next);
  await show(next);
  try {
    session.loggedIn(await api.changeMe(change));
  } catch {
    session.loggedIn(me);
    await show(me);
    showToast(sorry);
  }
}

/** Language, theme, own profile and log out. */
export function PersonMenu() {
  const { t } = useLingui();
  const me = useMe();
  const navigate = useNavigate();
  const sorry = t`The choice could not be kept: the server does not answer.`;
  const logout = async () => {
    await api.logout().catch(() => undefined);
    session.loggedOut();
  };
  return (
    <Menu
      side="right"
      align="end"
      trigger={
        <button
          type="button"
          className="flex h-14 min-w-20 flex-col items-center justify-center gap-0.5 rounded-md text-muted hover:bg-hover phone:size-10 phone:min-w-0"
        >
          <Avatar name={me.name} />
          <span className="sr-only">
            <Trans>Me and my choices</Trans>
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
        onChange={(value) => void choose(me, { language: value === "browser" ? null : value }, sorry)}
        choices={[
          { value: "browser", label: t`Like the browser` },
          ...languages.map((value) => ({ value, label: languageNames[value] })),
        ]}
      />
      <MenuSeparator />
      <MenuChoice<Theme>
        label={t`Appearance`}
        value={me.theme}
        onChange={(theme) => void choose(me, { theme }, sorry)}
        choices={[
          { value: "system", label: t`Like the device` },
          { value: "light", label: t`Light` },
          { value: "dark", label: t`Dark` },
        ]}
      />
      <MenuSeparator />
      <MenuItem icon={<LogOut size={16} />} onSelect={() => void logout()}>
        <Trans>Log out</Trans>
      </MenuItem>
    </Menu>
  );
}
