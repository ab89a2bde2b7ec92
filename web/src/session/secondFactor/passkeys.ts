import { ApiError, type PasskeyAnswer, type PasskeyQuestion, type PasskeyWish } from "@/api";

/** Whether this browser speaks WebAuthn in JSON. Source: Web Authentication Level 3, §5.1. */
export const knowsPasskeys = (): boolean =>
  typeof PublicKeyCredential !== "undefined" &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === "function" &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function";

/** Have the person use a passkey. Throws ApiError `passkey_not_used` when they did not. */
export async function answerWithPasskey({ token, options }: PasskeyQuestion): Promise<PasskeyAnswer> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return { token, credential: await asked(() => navigator.credentials.get({ publicKey })) };
}

/** Have the person make a passkey. Throws ApiError `passkey_not_used`, and `passkey_known` where the device has one already. */
export async function makePasskeyFor({ token, options }: PasskeyWish): Promise<PasskeyAnswer> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return { token, credential: await asked(() => navigator.credentials.create({ publicKey })) };
}

async function asked(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const found = await ask();
    if (found instanceof PublicKeyCredential) return found.toJSON();
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    if (cause.name === "InvalidStateError") throw new ApiError(0, "passkey_known", cause.message);
  }
  throw new ApiError(0, "passkey_not_used", "");
}
