import { useLocation, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { GuestResult, ResultPage } from "@/features/sign-in";
import { useSession } from "@/session";
import { signedInAs } from "./signedInAs";

const route = "/shell/sign-in/result/$accountId";

export function ResultRoute() {
  const { accountId } = useParams({ from: route });
  const search = useSearch({ from: route });
  const whom = useSignedInAs();
  const user = useSession()?.user;
  if (!user) return <GuestResult outcome={search.outcome ?? "failed"} detail={search.detail ?? null} />;
  return (
    <ResultPage
      accountId={accountId}
      outcome={search.outcome ?? "failed"}
      detail={search.detail ?? null}
      signedInAs={whom}
    />
  );
}

/** Keeps the name for this page and takes it out of the address bar and the history. */
function useSignedInAs(): string | null {
  const { accountId } = useParams({ from: route });
  const search = useSearch({ from: route });
  const { hash } = useLocation();
  const navigate = useNavigate();
  const told = signedInAs(search, hash);
  const [kept, keep] = useState(told);
  if (told !== null && told !== kept) keep(told);
  useEffect(() => {
    if (told === null) return;
    void navigate({
      to: "/sign-in/result/$accountId",
      params: { accountId },
      search: (old) => {
        const rest = { ...old };
        delete rest.signed_in_as;
        return rest;
      },
      hash: "",
      replace: true,
    });
  }, [told, accountId, navigate]);
  return told ?? kept;
}
