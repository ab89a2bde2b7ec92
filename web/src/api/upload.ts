import { decode, refusal } from "./client";
import { Offline } from "./errors";

/** Sends a file as it is, telling how much of it the server has taken (0 to 1). Throws the errors of `errors.ts`. */
export function sendFile<T>(path: string, file: Blob, onProgress: (share: number) => void, type = ""): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("X-Poststelle", "1");
    request.setRequestHeader("Content-Type", type || "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => { onProgress(total > 0 ? loaded / total : 0); };
    request.onerror = request.onabort = () => { reject(new Offline("no answer")); };
    request.onload = () => {
      const response = new Response(request.responseText, { status: request.status });
      if (response.ok) decode(response).then((answer) => { resolve(answer as T); }, reject);
      else refusal(response).then(reject, reject);
    };
    request.send(file);
  });
}
