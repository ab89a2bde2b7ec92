import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { showLanguage, currentLanguage } from "@/i18n";
import { languageNames, languages } from "@/lib/language";
import { useSession } from "@/session";
import { cx } from "@/ui";

export interface FrameProps {
  readonly title: ReactNode;
  readonly intro?: ReactNode;
  readonly children: ReactNode;
}

/** The page outside the house: name, one form, and the language to read it in. */
export function Frame({ title, intro, children }: FrameProps) {
  // The day is enough here; which commit it is stands on the page of health.
  const built = useSession()?.version;
  const version = built && built.split("+")[0];
  return (
    <main className="flex min-h-dvh flex-col items-center bg-sunken px-4 py-10 phone:justify-center">
      <div className="flex w-full max-w-96 flex-col gap-6">
        <div className="flex items-center gap-3">
          <img src="/favicon.svg" alt="" className="size-8" />
          <span className="text-title font-semibold">Poststelle</span>
        </div>
        <div className="rounded-md border border-border bg-surface p-6">
          <h1 className="text-title font-semibold">{title}</h1>
          {intro && <p className="mt-1 text-muted">{intro}</p>}
          <div className="mt-5">{children}</div>
        </div>
        <footer className="flex items-center justify-between text-list text-muted">
          <LanguageLinks />
          {version && (
            <span className="tabular">
              <Trans>Version {version}</Trans>
            </span>
          )}
        </footer>
      </div>
    </main>
  );
}

function LanguageLinks() {
  const shown = currentLanguage();
  return (
    <span className="flex gap-1">
      {languages.map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={language === shown}
          onClick={() => void showLanguage(language)}
          className={cx(
            "min-h-8 touch:min-h-11 rounded-sm px-2 hover:text-ink first:-ml-2",
            language === shown && "font-semibold text-ink",
          )}
        >
          {languageNames[language]}
        </button>
      ))}
    </span>
  );
}
