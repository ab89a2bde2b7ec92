import { useSyncExternalStore } from "react";
import type { Me } from "@/api/types";
import { session, type SessionState } from "./session";

export const useSession = (): SessionState => useSyncExternalStore(session.subscribe, session.get);

/** The person logged in. Only for pages behind the login; throws elsewhere. */
export function useMe(): Me {
  const user = useSession()?.user;
  if (!user) throw new Error("This page is shown only after login");
  return user;
}
