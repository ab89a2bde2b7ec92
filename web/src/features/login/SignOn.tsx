import { Trans, useLingui } from "@lingui/react/macro";
import { ExternalLink } from "lucide-react";
import { useState } from "react";
import { ApiError, type NextStep, type Way } from "@/api";
import { comingIn } from "@/api/coming-in";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button, Details } from "@/ui";

/** What the way back from the provider says of the login's second step, behind `#`. */
export function stepBehind(hash: string): NextStep | null {
  const said = new URLSearchParams(hash.replace(/^#/u, ""));
  const token = said.get("step");
  const ways = (said.get("ways") ?? "").split(" ").filter((way): way is Way => ["app", "passkey", "recovery"].includes(way));
  return token ? { token, ways } : null;
}

/** To the provider that the office's people sign on at; they come back to where they wanted to go. */
export function SignOn({ name }: { readonly name: string }) {
  const deed = useDeed();
  const [isLeaving, setLeaving] = useState(false);
  const search = new URLSearchParams(window.location.search);
  const refused = search.get("refused");
  const leave = () => deed.run(async () => {
    const { url } = await comingIn.beginSignOn(search.get("next") ?? "");
    setLeaving(true);
    window.location.assign(url);
  });
  const isUnreachable = deed.error instanceof ApiError && deed.error.code === "provider_unreachable";
  return (
    <div className="mb-4 flex flex-col gap-4 border-b border-border pb-4">
      {deed.error === null && refused !== null && <Refused code={refused} detail={search.get("detail")} name={name} />}
      {isUnreachable && <Refused code="provider_unreachable" detail={null} name={name} />}
      {deed.error !== null && !isUnreachable && <ErrorNote error={deed.error} />}
      <Button variant="primary" icon={<ExternalLink size={16} aria-hidden />} isBusy={deed.isBusy || isLeaving} onClick={() => void leave()}>
        <Trans>Log in with {name}</Trans>
      </Button>
    </div>
  );
}

function Refused({ code, detail, name }: { readonly code: string; readonly detail: string | null; readonly name: string }) {
  const { t } = useLingui();
  const words: Readonly<Record<string, readonly [string, string]>> = {
    sso_denied: [t`You are not logged in.`, t`The login at ${name} was cancelled. Please try again.`],
    sso_over: [t`This login took too long, or began in another window.`, t`Please try again.`],
    sso_unknown: [t`${name} knows you, but there is no user for you here.`, t`Ask the person who looks after Poststelle to add you with your e-mail address.`],
    sso_ambiguous: [t`Several users here have your e-mail address.`, t`Ask the person who looks after Poststelle to leave it at one of them.`],
    sso_deactivated: [t`Your user here is deactivated.`, t`Ask the person who looks after Poststelle.`],
    sso_other_identity: [t`Your e-mail address belongs here to somebody with another account at ${name}.`, t`Ask the person who looks after Poststelle.`],
    provider_unreachable: [t`${name} cannot be reached just now.`, t`Please try again later. Who has a password can log in with it.`],
    sso_failed: [t`The login with ${name} did not succeed.`, t`Please try again. If it keeps happening, ask the person who looks after Poststelle.`],
    locked: [t`Too many attempts from here.`, t`Please wait a few minutes.`],
  };
  // Anybody can lead people here with words of their own behind "?": only what the server can have said is shown.
  const found = Object.hasOwn(words, code) ? words[code] : undefined;
  if (found === undefined) return null;
  const [title, remedy] = found;
  return (
    <Banner tone="danger" title={title}>
      <p>{remedy}</p>
      {detail !== null && /^\w{1,40}$/u.test(detail) && <Details code={`${code}: ${detail}`} />}
    </Banner>
  );
}
