import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { openFeature } from "@/i18n";
import { SkeletonRows } from "@/ui";

const MailPage = lazy(async () => ({ default: (await import("@/features/mail")).MailPage }));
/** Few have to go to Microsoft: its words come with it. */
const HandOver = lazy(async () => {
  const [{ HandOver }] = await Promise.all([import("@/features/sign-in"), openFeature("sign-in")]);
  return { default: HandOver };
});

/** Joins mail and sign-in, which never import one another: the hand-over is passed in. */
export function MailRoute() {
  const params = useParams({ strict: false });
  const welcome = useWelcomeBack(params.accountId);
  const { q, here, everywhere } = useSearch({ strict: false });
  useAskedToWrite();
  const search = useMemo(() => {
    const scope = here !== undefined ? "here" as const : everywhere !== undefined ? "everywhere" as const : "mailbox" as const;
    return q === undefined ? undefined : { text: q, scope };
  }, [q, here, everywhere]);
  return (
    <div className="flex min-h-0 grow flex-col">
      <div className="min-h-0 grow">
        <Suspense fallback={<div className="p-6"><SkeletonRows rows={6} /></div>}>
          <MailPage
            {...(params.accountId ? { accountId: params.accountId } : {})}
            {...(params.folderId ? { folderId: params.folderId } : {})}
            {...(params.messageId ? { messageId: params.messageId } : {})}
            {...(search ? { search } : {})}
            {...(welcome.isShown ? { onWelcomed: welcome.end } : {})}
            handOver={(mailbox, place) => (
              <Suspense fallback={null}>
                <HandOver mailbox={mailbox} place={place} />
              </Suspense>
            )}
          />
        </Suspense>
      </div>
    </div>
  );
}

/** A shortcut, a mailto link or another program asks for a letter: hand it on, and clear the address. */
function useAskedToWrite(): void {
  const navigate = useNavigate();
  const { write, share_title: title, share_text: text, share_url: url } = useSearch({ strict: false });
  useEffect(() => {
    if ([write, title, text, url].every((each) => each === undefined)) return;
    void import("@/features/mail").then(({ askToWrite }) => {
      askToWrite(write, { title, text, url });
      void navigate({ to: ".", search: {}, replace: true });
    });
  }, [navigate, write, title, text, url]);
}

/** After the way back from Microsoft: remember to say that it worked, and clear the mark from the address. */
function useWelcomeBack(accountId: string | undefined): { readonly isShown: boolean; readonly end: () => void } {
  const navigate = useNavigate();
  const { signed_in } = useSearch({ strict: false });
  const [welcomed, setWelcomed] = useState<string | null>(null);
  const isBack = Boolean(signed_in && accountId);
  if (isBack && accountId && welcomed !== accountId) setWelcomed(accountId);
  useEffect(() => {
    if (isBack && accountId) void navigate({ to: "/mail/$accountId", params: { accountId }, search: {}, replace: true });
  }, [isBack, accountId, navigate]);
  return { isShown: welcomed !== null && welcomed === accountId, end: () => setWelcomed(null) };
}
