import { useParams, useSearch } from "@tanstack/react-router";
import { GuestResult, ResultPage } from "@/features/sign-in";
import { useSession } from "@/session";

export function ResultRoute() {
  const { accountId } = useParams({ from: "/shell/sign-in/result/$accountId" });
  const search = useSearch({ from: "/shell/sign-in/result/$accountId" });
  const user = useSession()?.user;
  if (!user) return <GuestResult outcome={search.outcome ?? "failed"} detail={search.detail ?? null} />;
  return (
    <ResultPage
      accountId={accountId}
      outcome={search.outcome ?? "failed"}
      detail={search.detail ?? null}
      signedInAs={search.signed_in_as ?? null}
    />
  );
}
