/**
 * What can go wrong on the wire, sorted by what the caller can do.
 *
 *     JmapError
 *     ├── Offline               no answer: keep what is shown, try again later
 *     ├── Busy(afterS)          the server asks for patience
 *     ├── LoginNeeded           the login has ended: log in again
 *     ├── RequestRefused        the whole request will never work (status, type)
 *     ├── MethodFailed(type)    this one call failed; others of the request may have worked
 *     └── SetFailed(refused)    some objects were refused, each with its reason
 *
 * Source: RFC 8620 §3.6, §5.3.
 */
import type { SetErrorBody } from "./methods";

export class JmapError extends Error {
  override readonly name: string = "JmapError";
}

export class Offline extends JmapError {
  override readonly name = "Offline";
}

export class Busy extends JmapError {
  override readonly name = "Busy";

  readonly afterS: number;

  constructor(afterS: number) {
    super(`The server asks to wait ${String(afterS)} s`);
    this.afterS = afterS;
  }
}

export class LoginNeeded extends JmapError {
  override readonly name = "LoginNeeded";
}

export class RequestRefused extends JmapError {
  override readonly name = "RequestRefused";

  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, detail: string) {
    super(detail || type);
    this.status = status;
    this.type = type;
  }
}

export class MethodFailed extends JmapError {
  override readonly name = "MethodFailed";

  readonly method: string;
  readonly type: string;

  constructor(method: string, type: string, description: string) {
    super(description || `${method}: ${type}`);
    this.method = method;
    this.type = type;
  }
}

/** The objects a /set refused, by id; all others were changed. */
export class SetFailed extends JmapError {
  override readonly name = "SetFailed";

  readonly refused: ReadonlyMap<string, SetErrorBody>;

  constructor(refused: ReadonlyMap<string, SetErrorBody>) {
    super([...new Set([...refused.values()].map((each) => each.description ?? each.type))].join("; "));
    this.refused = refused;
  }
}
