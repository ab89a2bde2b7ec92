import { useLingui } from "@lingui/react/macro";
import { Eye, PencilLine } from "lucide-react";
import type { ReactNode } from "react";
import { useDates } from "@/i18n";
import type { Email, Presence } from "@/jmap";
import { Avatar, cx } from "@/ui";
import { useMail } from "../state/mail";
import { useAnnounced } from "./thisWindow";
import { answering, reading, useCompany } from "./useCompany";
import { answeringWords, readingWords } from "./words";

const MOST_FACES = 3;

/**
 * Who else looks at this message, and who answers it. Colleagues are told that it is open here, as long as this is
 * on screen. A screen reader says quietly what changes.
 */
export function PresenceLine({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const { clock } = useDates();
  const { account, store } = useMail();
  useAnnounced(store, account, "reading", email.id);
  const others = useCompany(account, email.id);
  const writers = answering(others);
  const readers = reading(others);
  const [first] = writers;
  return (
    <div role="status" aria-label={t`Colleagues at this message`} className={cx("px-4 phone:px-6", others.length > 0 && "flex flex-col gap-1 pb-3")}>
      {first && (
        <Line people={writers} icon={<PencilLine size={14} aria-hidden />} className="font-medium text-warning">
          {t`${answeringWords(writers)}, since ${clock(first.since)}`}
        </Line>
      )}
      {readers.length > 0 && <Line people={readers} icon={<Eye size={14} aria-hidden />} className="text-muted">{readingWords(readers)}</Line>}
    </div>
  );
}

interface LineProps {
  readonly people: readonly Presence[];
  readonly icon: ReactNode;
  readonly className: string;
  readonly children: ReactNode;
}

function Line({ people, icon, className, children }: LineProps) {
  return (
    <p className={cx("appear flex min-w-0 items-center gap-3 text-list", className)}>
      <span aria-hidden className="flex min-w-10 shrink-0 justify-center -space-x-1.5">
        {people.slice(0, MOST_FACES).map(({ id, name }) => <Avatar key={id} name={name} size="small" />)}
      </span>
      <span className="-mr-1 shrink-0">{icon}</span>
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </p>
  );
}
