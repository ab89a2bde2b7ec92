import { useLingui } from "@lingui/react/macro";
import { SearchX } from "lucide-react";
import { Button, EmptyState } from "@/ui";
import { useListView } from "../state/mail";
import type { Problem } from "./parse";

/** Nothing was found, or what is looked for can't be understood: why, and what to do. */
export function NothingFound() {
  const { t } = useLingui();
  const { search, setSearch, filter, setFilter, scopes, title: where } = useListView();
  const sayProblem = useProblemWords();
  if (!search) return null;
  const [problem] = search.problems;
  const isHere = search.scope === "here";
  const mayLookEverywhere = scopes.includes("everywhere") && search.scope === "mailbox";
  return (
    <EmptyState
      icon={<SearchX size={24} aria-hidden />} title={problem ? t`This can’t be searched for` : isHere ? t`Nothing found in “${where}”` : t`Nothing found`}
      actions={(
        <>
          {!problem && filter !== "all" && <Button onClick={() => { setFilter("all"); }}>{t`Show all messages`}</Button>}
          {!problem && isHere && <Button onClick={() => { setSearch(search.text, { scope: "mailbox" }); }}>{t`Search in all folders`}</Button>}
          {!problem && mayLookEverywhere && <Button onClick={() => { setSearch(search.text, { scope: "everywhere" }); }}>{t`Search in all mailboxes`}</Button>}
          <Button onClick={() => { setSearch(null); }}>{t`End the search`}</Button>
        </>
      )}
    >
      {problem ? sayProblem(problem) : t`All words must be in a message. Words are found whole; a star stands for any ending: Rech*.`}
    </EmptyState>
  );
}

function useProblemWords(): (problem: Problem) => string {
  const { t } = useLingui();
  return ({ kind, value }) => {
    switch (kind) {
      case "folder": return t`There is no folder called “${value}”. Names with blanks stand in quotation marks.`;
      case "date": return t`“${value}” is no day. Days are written like 1.11.2026, 2026-11-01, 2026, yesterday or 7d (seven days ago).`;
      case "size": return t`“${value}” is no size. Sizes are written like 500k or 2MB.`;
      case "state": return t`“${value}” is not known here. Messages are unread, read, flagged, answered or forwarded, and have attachments.`;
    }
  };
}
