/** Deeds on messages of several accounts, told of as one. */
import type { Deed, Outcome, Progress } from "./deed";
import { Value } from "./signal";

/** What is told of several deeds: how far they are in all, what became of all messages. One alone is itself. */
export function together(deeds: readonly Deed[]): Deed {
  const [only, ...others] = deeds;
  return only && others.length === 0 ? only : joined(deeds);
}

function joined(deeds: readonly Deed[]): Deed {
  const progress = new Value<Progress>(progressOf(deeds));
  for (const deed of deeds) deed.progress.subscribe(() => { progress.set(progressOf(deeds)); });
  const done = Promise.allSettled(deeds.map((deed) => deed.done)).then((ends) => {
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  });
  done.catch(() => undefined); // whoever cares listens
  return { progress, done, outcome: () => outcomeOf(deeds), stop: () => { for (const deed of deeds) deed.stop(); } };
}

function progressOf(deeds: readonly Deed[]): Progress {
  const all = deeds.map((deed) => deed.progress.get());
  const under = all.filter(({ phase }) => phase !== "ended");
  const phase = under.length === 0 ? "ended" : under.every((each) => each.phase === "waiting") ? "waiting" : "running";
  return { phase, done: all.reduce((sum, each) => sum + each.done, 0), total: all.reduce((sum, each) => sum + each.total, 0) };
}

function outcomeOf(deeds: readonly Deed[]): Outcome {
  const all = deeds.map((deed) => deed.outcome());
  return {
    changed: all.flatMap(({ changed }) => changed), refused: new Map(all.flatMap(({ refused }) => [...refused])),
    left: all.flatMap(({ left }) => left), unsure: all.flatMap(({ unsure }) => unsure),
  };
}
