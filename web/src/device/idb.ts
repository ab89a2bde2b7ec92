/** IndexedDB by promises: one small database by its name, with stores of keys and values. Source: W3C "Indexed Database API". */

/** Open it, made with these stores where it is new. It lets go when somebody deletes it. */
export async function openIdb(name: string, stores: readonly string[]): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => { for (const store of stores) request.result.createObjectStore(store); };
  const database = await answered(request);
  database.onversionchange = () => { database.close(); };
  return database;
}

/** The answer of one request. */
export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => { resolve(request.result); };
    request.onerror = () => { reject(request.error ?? new Error("the browser's storage failed")); };
  });
}

/** The end of a transaction: all of it was written. */
export function written(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => { resolve(); };
    transaction.onabort = transaction.onerror = () => { reject(transaction.error ?? new Error("the browser's storage failed")); };
  });
}

/** Remove a database with all in it; one that is not there is no error. */
export function dropIdb(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => { resolve(); };
    request.onerror = () => { reject(request.error ?? new Error("the browser's storage failed")); };
  });
}

/** The names of all databases here. */
export async function idbNames(): Promise<readonly string[]> {
  const all = await indexedDB.databases();
  return all.flatMap(({ name }) => name ?? []);
}
