import { useState } from "react";
import type { Boilerplate, BoilerplateId, KeptFile } from "@/api";
import { api } from "@/api";

/** A file of the template as the dialog shows it. */
export interface ShownFile {
  readonly key: string;
  readonly name: string;
  readonly size: number;
}

export interface TemplateFiles {
  readonly shown: readonly ShownFile[];
  readonly isChanged: boolean;
  readonly add: (files: readonly File[]) => void;
  readonly remove: (key: string) => void;
  /** Bring the server to what is shown. What is done is not done again when it is tried once more. */
  readonly save: (id: BoilerplateId) => Promise<Boilerplate | null>;
}

interface Held {
  readonly kept: readonly KeptFile[];
  readonly gone: readonly KeptFile[];
  readonly added: readonly { readonly key: string; readonly file: File }[];
}

let count = 0;

/** The files of a template while it is written: nothing is brought or removed before it is saved. */
export function useTemplateFiles(one: Boilerplate | null): TemplateFiles {
  const [{ kept, gone, added }, setHeld] = useState<Held>({ kept: one?.files ?? [], gone: [], added: [] });
  return {
    shown: [...kept.map(({ id, name, size }) => ({ key: id, name, size })), ...added.map(({ key, file }) => ({ key, name: file.name, size: file.size }))],
    isChanged: gone.length > 0 || added.length > 0,
    add: (files) => { setHeld((old) => ({ ...old, added: [...old.added, ...files.map((file) => ({ key: `new ${String(++count)}`, file }))] })); },
    remove: (key) => {
      setHeld((old) => ({
        kept: old.kept.filter(({ id }) => id !== key), gone: [...old.gone, ...old.kept.filter(({ id }) => id === key)], added: old.added.filter((each) => each.key !== key),
      }));
    },
    save: async (id) => {
      let saved: Boilerplate | null = null;
      for (const file of gone) {
        saved = await api.removeTemplateFile(id, file.id);
        setHeld((old) => ({ ...old, gone: old.gone.filter((each) => each !== file) }));
      }
      for (const { key, file } of added) {
        saved = await api.addTemplateFile(id, file);
        const made = saved.files.at(-1);
        setHeld((old) => ({ ...old, added: old.added.filter((each) => each.key !== key), kept: made ? [...old.kept, made] : old.kept }));
      }
      return saved;
    },
  };
}
