import { Suspense, lazy, useState } from "react";
import { openFeature } from "@/i18n";
import { useMe } from "@/session";
import { useMail } from "../state/mail";
import { copiesName } from "./copiesName";

const Recovered = lazy(async () => {
  const [{ Recovered }] = await Promise.all([import("./Recovered"), openFeature("mail/compose")]);
  return { default: Recovered };
});

/** Looks whether this browser has kept letters of ours; only then is more of it loaded. */
export function LeftBehind() {
  const { account } = useMail();
  const userId = useMe().id;
  const [isThere] = useState(() => hasCopies(userId));
  if (!isThere) return null;
  return <Suspense fallback={null}><Recovered key={account.id} /></Suspense>;
}

function hasCopies(userId: string): boolean {
  try {
    return localStorage.getItem(copiesName(userId)) !== null;
  } catch {
    return false; // a browser that keeps nothing
  }
}
