import { Trans } from "@lingui/react/macro";
import { CircleHelp } from "lucide-react";
import { useState } from "react";
import { admin } from "@/api/admin";
import { setup, type SetupTest } from "@/api/setup";
import { ErrorNote, LoadError, useDeed, useResource } from "@/session";
import { Button, SkeletonRows } from "@/ui";
import { useOpenHelp } from "./HelpDoor";
import { Page } from "./Page";
import { Approval } from "./setup/Approval";
import { Credential, Permissions, Register } from "./setup/AtMicrosoft";
import { ByItself } from "./setup/ByItself";
import { RegistrationForm } from "./setup/RegistrationForm";
import { Findings, Step } from "./setup/Step";
import { stateOf } from "./setup/findings";
import { TestResult } from "./setup/TestResult";

/** The guide to the app registration at Microsoft: step by step, each with what to copy, and tried when asked. */
export function MicrosoftPage() {
  const openHelp = useOpenHelp();
  const { resource, reload, patch } = useResource("microsoft", admin.microsoft);
  const [test, setTest] = useState<SetupTest | null>(null);
  const deed = useDeed();
  if (resource.status === "failed") return <LoadError error={resource.error} onRetry={() => void reload()} />;
  const settings = resource.status === "ready" ? resource.data : null;
  const isComplete = settings !== null && settings.client_id !== "" && (settings.has_secret || settings.has_certificate);
  const run = () => void deed.run(async () => setTest(await setup.test()));
  const keep = (fresh: NonNullable<typeof settings>) => {
    patch(() => fresh);
    setTest(null); // it was about what was entered before
  };
  return (
    <Page
      title={<Trans>Microsoft</Trans>}
      intro={
        <Trans>
          Poststelle needs an app registration at Microsoft once. All Microsoft 365 mailboxes are then connected through
          it.
        </Trans>
      }
      side={
        <Button variant="ghost" className="relative -left-3 phone:left-0" icon={<CircleHelp size={16} aria-hidden />} onClick={openHelp}>
          <Trans>Help</Trans>
        </Button>
      }
    >
      {settings === null ? (
        <SkeletonRows rows={5} />
      ) : (
        <ol className="flex flex-col gap-4">
          <Step number={1} title={<Trans>Register Poststelle at Microsoft</Trans>} state={stateOf(test, ["redirect", "approved_redirect"])}>
            <Register settings={settings} />
            <Findings test={test} steps={["redirect", "approved_redirect"]} />
          </Step>
          <Step number={2} title={<Trans>Add the permissions</Trans>}>
            <Permissions settings={settings} />
          </Step>
          <Step number={3} title={<Trans>Make a secret or a certificate</Trans>}>
            <Credential />
          </Step>
          <Step number={4} title={<Trans>Enter it here</Trans>} state={isComplete ? stateOf(test, ["entered", "organisation", "credential"], "done") : "open"}>
            <RegistrationForm settings={settings} onSaved={keep} />
            <Findings test={test} steps={["entered", "organisation", "credential"]} />
          </Step>
          <Step number={5} title={<Trans>Test it</Trans>} state={stateOf(test, ["entered", "organisation", "redirect", "approved_redirect", "credential", "application"])}>
            {deed.error !== null && <ErrorNote error={deed.error} />}
            <p className="max-w-2xl text-muted">
              <Trans>Each step is tried at Microsoft now, without anybody's sign-in. Nothing is changed there.</Trans>
            </p>
            <div>
              <Button variant="primary" isBusy={deed.isBusy} onClick={run}>
                <Trans>Test the registration</Trans>
              </Button>
            </div>
            {test && <TestResult test={test} />}
          </Step>
          <Step number={6} title={<Trans>Have it approved</Trans>} state={stateOf(test, ["application"])}>
            <Approval settings={settings} onSaved={keep} />
            <Findings test={test} steps={["application"]} />
          </Step>
          <Step number={7} title={<Trans>Access by application, if you want it</Trans>}>
            <ByItself settings={settings} />
          </Step>
        </ol>
      )}
    </Page>
  );
}
