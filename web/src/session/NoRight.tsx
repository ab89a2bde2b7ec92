import { Trans } from "@lingui/react/macro";
import { KeyRound } from "lucide-react";
import { EmptyState } from "@/ui";
import { administratorsOf } from "./explain";

/** Shown in place of the basic settings to people without the right: names whom to ask. */
export function NoRight({ error }: { readonly error: unknown }) {
  const people = administratorsOf(error);
  return (
    <EmptyState
      icon={<KeyRound size={24} aria-hidden />}
      title={<Trans>You need the right for the basic settings</Trans>}
    >
      <p>
        {people.length > 0 ? (
          <Trans>Please ask one of your administrators to do this for you or to give you the right:</Trans>
        ) : (
          <Trans>Please ask your administrator to do this for you or to give you the right.</Trans>
        )}
      </p>
      {people.length > 0 && (
        <ul className="mt-4 inline-flex flex-col gap-1 text-left text-ink">
          {people.map((person) => (
            <li key={person.email || person.name}>
              <span className="font-medium">{person.name}</span>
              {person.email && (
                <a href={`mailto:${person.email}`} className="ml-2 text-accent underline underline-offset-2">
                  {person.email}
                </a>
              )}
            </li>
          ))}
        </ul>
      )}
    </EmptyState>
  );
}
