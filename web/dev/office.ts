/** The office of the mock API, and its answers. Types are the wire's own. */
import type { AuditEntry } from "../src/api/audit-types.ts";
import type * as wire from "../src/api/types.ts";

type Row = { -readonly [Key in keyof wire.AccountRow]: wire.AccountRow[Key] };
type Person = { -readonly [Key in keyof wire.User]: wire.User[Key] };

export interface World {
  kind: string;
  me: Person | null;
  people: Person[];
  rows: Row[];
  audit: AuditEntry[];
  microsoft: wire.MicrosoftSettings;
  language: wire.Me["language"];
  mailPage: wire.MailPage;
  theme: wire.Me["theme"];
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

function person(number: number, name: string, login: string, settings = false, isActive = true): Person {
  return {
    id: `u${number}`,
    login,
    name,
    email: `${login}@buero-lindner.example`,
    is_active: isActive,
    may_settings: settings,
    has_password: true,
    has_second_factor: false,
    is_signed_on: false,
    is_login_address: false,
    invited_until: null,
    created_at: ago(86_400 * 30),
  };
}

const people = () => [
  person(1, "Katrin Lindner", "lindner", true),
  person(2, "Anna Berger", "berger"),
  person(3, "Tom Maier", "maier"),
  person(4, "Ida Roth-Wiesenhütter", "roth"),
  person(5, "Jörg Öztürk", "oeztuerk"),
  person(6, "Paul Becker", "becker", false, false),
];

const sync = (part: Partial<wire.SyncStatus> = {}): wire.SyncStatus => ({
  phase: "steady",
  expected: 12_431,
  held: 12_431,
  pending: 0,
  problem: null,
  problem_detail: null,
  retry_at: null,
  poll_s: 16,
  notified_until: null,
  notify_problem: null,
  ...part,
});

const assigned = (user: Person, level: wire.Level = "send"): wire.AssignedUser => ({ id: user.id, name: user.name, level, own_level: level, teams: [] });

function rows(staff: Person[]): Row[] {
  const [lindner, berger, maier, roth, oeztuerk] = staff as [Person, Person, Person, Person, Person];
  const base = { type: "graph" as const, name: "", is_active: true, teams: [], state_reason: null, created_at: ago(86_400 * 20) };
  const signIn = (username: string, by: Person) => ({ username, by: by.name, at: ago(86_400 * 3) });
  return [
    {
      ...base,
      id: "a1",
      address: "info@buero-lindner.example",
      name: "Büro Lindner",
      state: "connected",
      last_synced_at: ago(12),
      sync: sync({ pending: 2 }),
      users: [lindner, berger, maier, roth, oeztuerk].map((user, index) => assigned(user, index ? "send" : "manage")),
      sign_in: signIn("info@buero-lindner.example", berger),
    },
    {
      ...base,
      id: "a2",
      address: "vermietung@buero-lindner.example",
      name: "Vermietung",
      state: "sign_in_needed",
      state_reason: "AADSTS50173",
      last_synced_at: ago(86_400 + 4000),
      sync: sync({ expected: 3100, held: 3100 }),
      users: [assigned(lindner, "manage"), assigned(berger)],
      sign_in: signIn("vermietung@buero-lindner.example", lindner),
    },
    {
      ...base,
      id: "a3",
      address: "verkauf@buero-lindner.example",
      state: "connected",
      last_synced_at: ago(3),
      sync: sync({ phase: "first", expected: 2500, held: 1240 }),
      users: [assigned(lindner), assigned(maier, "write")],
      sign_in: signIn("verkauf@buero-lindner.example", maier),
    },
    {
      ...base,
      id: "a4",
      address: "hausverwaltung.objekt.lindenallee@buero-lindner.example",
      state: "waiting_for_sign_in",
      last_synced_at: null,
      sync: sync({ phase: "idle", expected: 0, held: 0 }),
      users: [assigned(lindner), assigned(roth), assigned(berger, "read")],
      sign_in: null,
    },
    {
      ...base,
      id: "a5",
      address: "bewerbung@buero-lindner.example",
      state: "connected",
      last_synced_at: ago(320),
      sync: sync({ expected: 640, held: 640, problem: "throttled", problem_detail: "ApplicationThrottled", retry_at: ago(-240) }),
      users: [assigned(oeztuerk)],
      sign_in: signIn("bewerbung@buero-lindner.example", oeztuerk),
    },
    {
      ...base,
      id: "a6",
      address: "lindner.immobilien@outlook.example",
      state: "waiting_for_sign_in",
      is_active: false,
      last_synced_at: null,
      sync: sync({ phase: "idle", expected: 0, held: 0 }),
      users: [],
      sign_in: null,
    },
  ];
}

const scopes = ["Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite", "User.Read", "offline_access"];

/** A fresh world: "office" with an administrator logged in, "plain" without the right, "setup", "empty", "login", … */
export function world(kind: string): World {
  const staff = kind === "setup" ? [] : people();
  const me = kind === "setup" || kind === "login" ? null : staff[kind === "plain" ? 1 : 0];
  const made: World = {
    kind,
    me: me ?? null,
    people: staff,
    rows: kind === "empty" || kind === "setup" ? [] : rows(staff),
    audit: [],
    microsoft: {
      client_id: kind === "empty" ? "" : "5f0c8f2e-7f2b-4a52-9d0e-0f6f6c1f2a11",
      has_secret: kind !== "empty",
      has_certificate: false,
      certificate_thumbprint: null,
      tenant: "organizations",
      cloud: "global",
      secret_expires_at: kind === "empty" ? null : ago(-86_400 * 12).slice(0, 10),
      redirect_uri: "https://post.buero-lindner.example/sign-in/microsoft/callback",
      scopes,
    },
    language: null,
    mailPage: {
      layout: "lines", density: "comfortable", preview: "right", is_threaded: true, sort: { by: "date", is_ascending: false },
      columns: [{ name: "from", width: 180 }, { name: "subject", width: 320 }, { name: "size", width: 80 }, { name: "date", width: 120 }],
    },
    theme: "system",
  };
  const [lindner, berger] = staff;
  if (lindner && berger && kind !== "empty") {
    log(made, lindner, "user.created", null, lindner.name, { first: true }, 86_400 * 30);
    log(made, lindner, "account.created", "a1", "info@buero-lindner.example", { confirmed: true }, 86_400 * 20);
    log(made, lindner, "grant.added", "a1", berger.name, { level: "send", confirmed: true }, 86_400 * 19);
    log(made, berger, "sign_in.begun", "a1", "", { confirmed: true, readers: [lindner.name, berger.name] }, 86_400 * 3);
    log(made, berger, "sign_in.completed", "a1", "info@buero-lindner.example", {}, 86_400 * 3 - 40);
    log(made, null, "login.refused", null, "", { came_from: "203.0.113.7" }, 4000);
    log(made, lindner, "login.begun", null, "", {}, 600);
  }
  return made;
}

function log(
  state: World,
  user: Person | null,
  action: string,
  account: string | null,
  subject: string,
  detail: Record<string, unknown> = {},
  secondsAgo = 0,
): void {
  const by = user && { id: user.id, name: user.name, login: user.login };
  const id = `0.${state.audit.length + 1}`;
  state.audit.unshift({ id, at: ago(secondsAgo), user: by, action, account, subject, detail, is_erased: false });
}

const ok = (body: unknown, status = 200): Answer => ({ status, body });
const refuse = (status: number, code: string, message: string, params: Record<string, unknown> = {}): Answer => ({
  status,
  body: { error: { code, message, params } },
});

const meBody = (state: World): wire.Me | null =>
  state.me && { ...state.me, language: state.language, theme: state.theme, shows_reading: true, sender_name: "", phone: "", position: "", mail_page: state.mailPage, has_password: true };

const mailbox = (state: World, row: Row): wire.Mailbox => ({
  id: row.id,
  address: row.address,
  name: row.name,
  state: row.state,
  state_reason: row.state_reason,
  is_active: row.is_active,
  level: row.users.find((user) => user.id === state.me?.id)?.level ?? "read",
  may_sign_in: true,
  readers: row.users.map((user) => user.name),
  sync: row.sync,
  last_synced_at: row.last_synced_at,
});

type Body = Record<string, unknown>;

/** One request answered from the world, in the shapes of the real server. */
export function answer(state: World, method: string, url: URL, body: Body): Answer {
  const path = url.pathname.replace(/^\/api\//u, "").split("/");
  const route = `${method} ${path[0] ?? ""}`;
  if (state.kind === "broken" && route !== "GET start") return refuse(500, "internal", "It broke.");
  if (route === "GET start") return ok(start(state));
  if (route === "POST setup") return setUp(state, body);
  if (route === "POST login") return login(state, body);
  if (!state.me) return refuse(401, "login_needed", "Please log in.");
  if (route === "POST logout") {
    state.me = null;
    return ok({});
  }
  if (path[0] === "me") return changeMe(state, path[1], body);
  if (path[0] === "mailboxes") return mailboxes(state, path[1], path[2]);
  if (url.pathname.startsWith("/sign-in/microsoft/")) {
    const account = url.pathname.split("/").pop() ?? "";
    return ok({ url: `/sign-in/result/${account}?outcome=approval_needed&detail=AADSTS90094` });
  }
  if (!state.me.may_settings) {
    const administrators = state.people.filter((one) => one.may_settings).map(({ name, email }) => ({ name, email }));
    return refuse(403, "needs_settings", "Ask one of your administrators.", { administrators });
  }
  if (path[0] === "accounts") return accounts(state, method, path.slice(1), url, body);
  if (path[0] === "users") return users(state, method, path[1], body);
  if (path[0] === "audit") return audit(state, url);
  if (path[0] === "settings") {
    if (method === "PUT") state.microsoft = changeMicrosoft(state.microsoft, body);
    return ok(state.microsoft);
  }
  return refuse(404, "not_found", "Not Found");
}

function start(state: World): wire.Start {
  const demo = state.people.slice(0, 3).map(({ login: name, name: full }) => ({ login: name, password: "demo-demo-demo", name: full }));
  return {
    setup_needed: state.people.length === 0,
    setup_code_needed: state.people.length === 0,
    user: meBody(state),
    version: "0.1.0",
    is_demo: state.kind !== "setup",
    demo_logins: demo,
  };
}

function setUp(state: World, body: Body): Answer {
  if (body["setup_code"] !== "demo-code") {
    return refuse(422, "wrong_setup_code", "Enter the set-up code.", { field: "setup_code" });
  }
  if (String(body["password"]).length < 10) {
    return refuse(422, "password_too_short", "Too short.", { field: "password", least: 10 });
  }
  state.me = person(1, String(body["name"]), String(body["login"]), true);
  state.people.push(state.me);
  return ok(meBody(state), 201);
}

function login(state: World, body: Body): Answer {
  const found = state.people.find((one) => one.login === body["login"] && one.is_active);
  if (!found || body["password"] !== "demo-demo-demo") return refuse(401, "wrong_login", "Login or password is wrong.");
  state.me = found;
  return ok(meBody(state));
}

function changeMe(state: World, part: string | undefined, body: Body): Answer {
  if (part === "password") {
    return body["old"] === "demo-demo-demo"
      ? ok(meBody(state))
      : refuse(422, "wrong_password", "Wrong.", { field: "old" });
  }
  if ("mail_page" in body) state.mailPage = { ...state.mailPage, ...(body["mail_page"] as Partial<wire.MailPage>) };
  if ("language" in body) state.language = body["language"] as World["language"];
  if ("theme" in body) state.theme = body["theme"] as World["theme"];
  if (state.me && "name" in body) state.me.name = String(body["name"]);
  return ok(meBody(state));
}

function mailboxes(state: World, id: string | undefined, part: string | undefined): Answer {
  const mine = state.rows.filter((row) => row.users.some((user) => user.id === state.me?.id));
  if (!id) return ok(mine.map((row) => mailbox(state, row)));
  if (part === "approval") {
    const client_id = state.microsoft.client_id;
    const admin_consent_url = `https://login.microsoftonline.com/organizations/v2.0/adminconsent?client_id=${client_id}&state=x7Fq`;
    return ok({ admin_consent_url, scopes, client_id });
  }
  if (part === "notices") return ok({ notices: [] });
  return ok({}, 202);
}

function accounts(state: World, method: string, path: string[], url: URL, body: Body): Answer {
  const [id, part, userId] = path;
  if (!id) return method === "POST" ? addAccount(state, body) : ok({ accounts: url.searchParams.get("type") === "internal" ? [] : state.rows });
  const row = state.rows.find((one) => one.id === id);
  if (!row) return refuse(404, "no_such_account", "There is no such mailbox.");
  if (part === "users" && userId) return assign(state, method, row, userId, body);
  if (part === "disconnect") {
    row.sign_in = null;
    row.state = "waiting_for_sign_in";
    log(state, state.me, "account.disconnected", row.id, row.address);
    return ok(row);
  }
  if (method === "DELETE") {
    if (body["address"] !== row.address) return refuse(422, "address_mismatch", "Not this one.", { field: "address" });
    state.rows = state.rows.filter((one) => one !== row);
    return ok({});
  }
  if (method === "PATCH") {
    if ("name" in body) row.name = String(body["name"]);
    if ("is_active" in body) row.is_active = body["is_active"] === true;
    log(state, state.me, "account.changed", row.id, row.address, { changed: body });
  }
  return ok(row);
}

function addAccount(state: World, body: Body): Answer {
  const address = String(body["address"]).trim();
  if (state.rows.some((row) => row.address.toLowerCase() === address.toLowerCase())) {
    return refuse(409, "duplicate_address", "This mailbox is there already.", { field: "address" });
  }
  const row: Row = {
    ...(rows(people())[5] as Row),
    id: `a${state.rows.length + 10}`,
    address,
    is_active: true,
    created_at: ago(0),
  };
  state.rows.push(row);
  log(state, state.me, "account.created", row.id, address, { confirmed: true });
  return ok(row, 201);
}

function assign(state: World, method: string, row: Row, userId: string, body: Body): Answer {
  const user = state.people.find((one) => one.id === userId);
  if (!user) return refuse(404, "no_such_user", "There is no such user.");
  const others = row.users.filter((one) => one.id !== userId);
  row.users = method === "DELETE" ? others : [...others, assigned(user, body["level"] as wire.Level)];
  log(state, state.me, method === "DELETE" ? "grant.removed" : "grant.added", row.id, user.name, body);
  return ok(row);
}

function users(state: World, method: string, id: string | undefined, body: Body): Answer {
  if (method === "POST") {
    if (state.people.some((one) => one.login === body["login"])) {
      return refuse(409, "duplicate_login", "Taken.", { field: "login" });
    }
    const added = person(state.people.length + 10, String(body["name"]), String(body["login"]), body["may_settings"] === true);
    state.people.push(added);
    return ok(added, 201);
  }
  const found = state.people.find((one) => one.id === id);
  if (method === "DELETE") state.people = state.people.filter((one) => one !== found);
  else if (found) Object.assign(found, body);
  return ok(found ?? { users: state.people });
}

function audit(state: World, url: URL): Answer {
  const account = url.searchParams.get("account");
  const before = state.audit.findIndex((entry) => entry.id === url.searchParams.get("before"));
  const entries = state.audit.slice(before + 1).filter((entry) => !account || entry.account === account);
  return ok({ entries });
}

function changeMicrosoft(old: wire.MicrosoftSettings, body: Body): wire.MicrosoftSettings {
  const { secret, certificate, ...plain } = body;
  return {
    ...old,
    ...(plain as Partial<wire.MicrosoftSettings>),
    has_secret: secret === undefined ? old.has_secret : secret !== "",
    has_certificate: certificate === undefined ? old.has_certificate : certificate !== "",
  };
}
