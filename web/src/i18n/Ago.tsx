import { useEffect, useState } from "react";
import { nextChange } from "@/lib/dates";
import { useDates } from "./useDates";

/** A moment said as "vor 12 Sek." that stays true while it is on screen; hover shows it in full. */
export function Ago({ at }: { readonly at: string }) {
  const dates = useDates();
  const [now, setNow] = useState(() => new Date());
  // The server's time may be newer than our last tick: never show "in 3 seconds".
  const current = Date.parse(at) > now.getTime() ? new Date(at) : now;
  useEffect(() => {
    const timer = setTimeout(() => setNow(new Date()), nextChange(at, new Date()) * 1000);
    return () => clearTimeout(timer);
  }, [at, now]);
  return (
    <time dateTime={at} title={dates.full(at)}>
      {dates.ago(at, current)}
    </time>
  );
}
