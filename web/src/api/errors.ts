/**
 * Errors of the administration API, sorted by what the caller can do.
 *
 * RequestFailed
 * ├── ApiError(status, code, params)   the server refused, and says why
 * ├── Offline                          no answer: the network or the server is away
 * └── Unreadable(status)               an answer that is not ours, e.g. from a proxy
 */
export class RequestFailed extends Error {}

export class ApiError extends RequestFailed {
  readonly status: number;
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, params: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.params = params;
  }

  /** The form field the refusal is about, if any. */
  get field(): string | null {
    const field = this.params["field"];
    return typeof field === "string" ? field : null;
  }
}

export class Offline extends RequestFailed {
  override name = "Offline";
}

export class Unreadable extends RequestFailed {
  readonly status: number;

  constructor(status: number) {
    super(`HTTP ${status}`);
    this.name = "Unreadable";
    this.status = status;
  }
}

/** Is this refusal the named one? */
export const isApiError = (error: unknown, code: string): error is ApiError =>
  error instanceof ApiError && error.code === code;
