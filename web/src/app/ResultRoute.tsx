import { useParams, useSearch } from "@tanstack/react-router";
import { ResultPage } from "@/features/sign-in";

export function ResultRoute() {
  const { accountId } = useParams({ from: "/shell/sign-in/result/$accountId" });
  const search = useSearch({ from: "/shell/sign-in/result/$accountId" });
  return (
    <ResultPage
      accountId={accountId}
      outcome={search.outcome ?? "failed"}
      detail={search.detail ?? null}
      signedInAs={search.signed_in_as ?? null}
    />
  );
}
