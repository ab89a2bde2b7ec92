import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { openFeature } from "@/i18n";
import { session } from "@/session";
import { begin } from "./begin";
import { NoSuchPage, NotFound, PageFailed } from "./Failures";
import { isForGuests } from "./guests";
import { MailRoute } from "./MailRoute";
import { pageAfterLogin } from "./next";
import { parseSearch, stringifySearch } from "./search";
import { Shell } from "./Shell";

const rootRoute = createRootRoute({
  component: Outlet,
  beforeLoad: begin,
  errorComponent: PageFailed,
  notFoundComponent: NotFound,
});

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

interface LoginSearch {
  next?: string;
  /** Why single sign-on let nobody in, and where it failed. */
  refused?: string;
  detail?: string;
}

/** Of an address, these parts where they are texts. */
const texts = <Name extends string>(...names: readonly Name[]) => (search: Record<string, unknown>): Partial<Record<Name, string>> =>
  Object.fromEntries(names.flatMap((name) => {
    const value = text(search[name]);
    return value ? [[name, value]] : [];
  })) as Partial<Record<Name, string>>;

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: (search): LoginSearch => texts("next", "refused", "detail")(search),
  beforeLoad: ({ search }) => {
    if (session.get()?.setup_needed) throw redirect({ to: "/setup" });
    if (session.get()?.user) throw redirect({ href: pageAfterLogin(search.next, window.location.origin) });
  },
  loader: () => openFeature("login"),
  component: lazyRouteComponent(() => import("@/features/login"), "LoginPage"),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  beforeLoad: () => {
    if (!session.get()?.setup_needed) throw redirect({ to: "/login" });
  },
  loader: () => openFeature("login"),
  component: lazyRouteComponent(() => import("@/features/login"), "SetupPage"),
});

/** Handed on to an administrator at Microsoft, who has no login here. */
const approveRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/approve/$link",
  loader: () => openFeature("sign-in/approval"),
  component: lazyRouteComponent(() => import("@/features/sign-in/approval"), "ApprovePage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  loader: () => openFeature("login"),
  component: lazyRouteComponent(() => import("@/features/login"), "InvitationPage"),
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  component: Shell,
  beforeLoad: ({ location }) => {
    const start = session.get();
    if (start?.setup_needed) throw redirect({ to: "/setup" });
    if (!start?.user && !isForGuests(location.pathname)) throw redirect({ to: "/login", search: location.href === "/" ? {} : { next: location.href } });
  },
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/mail" });
  },
});

export interface MailSearch {
  signed_in?: string;
  /** What is looked for, as it was typed. */
  q?: string;
  /** Set when only the open folder is searched. */
  here?: string;
  /** Set when all mailboxes are searched. */
  everywhere?: string;
  /** Something is to be written: "new", or a mailto address. */
  write?: string;
  /** What another program shares: it becomes a letter. */
  share_title?: string;
  share_text?: string;
  share_url?: string;
}

/** One page for all mail addresses, so that walking from message to message keeps the page. */
const mailRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/mail",
  validateSearch: (search): MailSearch =>
    texts("signed_in", "q", "here", "everywhere", "write", "share_title", "share_text", "share_url")(search),
  loader: () => openFeature("mail"),
  component: MailRoute,
});

const mailAccountRoute = createRoute({ getParentRoute: () => mailRoute, path: "$accountId" });
const mailFolderRoute = createRoute({ getParentRoute: () => mailRoute, path: "$accountId/$folderId" });
const mailMessageRoute = createRoute({ getParentRoute: () => mailRoute, path: "$accountId/$folderId/$messageId" });

const settings = () => import("@/features/settings");

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  loader: () => Promise.all([openFeature("settings"), openFeature("help")]),
  component: lazyRouteComponent(() => import("./SettingsRoute"), "SettingsRoute"),
  notFoundComponent: NoSuchPage,
});

const settingsHomeRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  beforeLoad: () => {
    const mayChange = session.get()?.user?.may_settings;
    throw redirect({ to: mayChange ? "/settings/basic/email/external" : "/settings/me" });
  },
});

/** What the tabs have in common is an address that people shorten to. */
const emailRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/email",
  beforeLoad: () => {
    throw redirect({ to: "/settings/basic/email/external", replace: true });
  },
});

const externalRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/email/external",
  component: lazyRouteComponent(settings, "ExternalMailboxesPage"),
});

const internalRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/email/internal",
  component: lazyRouteComponent(settings, "InternalMailboxesPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/email/external/$accountId",
  component: lazyRouteComponent(settings, "MailboxPage"),
});

const internalAccountRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/email/internal/$accountId",
  component: lazyRouteComponent(settings, "MailboxPage"),
});

const microsoftRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/microsoft",
  component: lazyRouteComponent(settings, "MicrosoftPage"),
});

const usersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/users",
  component: lazyRouteComponent(settings, "UsersPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/audit",
  component: lazyRouteComponent(settings, "AuditPage"),
});

const archiveRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/archive",
  validateSearch: (search: Record<string, unknown>): ArchiveSearch => texts("of")(search),
  component: lazyRouteComponent(settings, "ArchivePage"),
});

export interface ArchiveSearch {
  /** The mailbox whose archive or activities are shown. */
  of?: string;
}

const healthRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/health",
  component: lazyRouteComponent(settings, "HealthPage"),
});

const webhooksRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "basic/webhooks",
  component: lazyRouteComponent(settings, "WebhooksPage"),
});

const recordsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "records",
  validateSearch: (search: Record<string, unknown>): ArchiveSearch => {
    const of = text(search["of"]);
    return of ? { of } : {};
  },
  component: lazyRouteComponent(settings, "RecordsPage"),
});

const meRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "me",
  component: lazyRouteComponent(settings, "ProfilePage"),
});

const securityRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "me/security",
  component: lazyRouteComponent(settings, "SecurityPage"),
});

export interface BoilerplateSearch {
  /** The mailbox whose signatures, templates or groups are shown; without it, one's own. */
  of?: string;
}

const boilerplate = () => import("@/features/mail/boilerplate");
const ofMailbox = (search: Record<string, unknown>): BoilerplateSearch => texts("of")(search);

/** Written with the editor of letters, so they are pages of the mail feature. */
const signaturesRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "me/signatures",
  validateSearch: ofMailbox,
  loader: () => Promise.all([openFeature("mail"), openFeature("mail/compose")]),
  component: lazyRouteComponent(boilerplate, "SignaturesPage"),
});

const absenceRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "me/absence",
  validateSearch: ofMailbox,
  loader: () => Promise.all([openFeature("mail"), openFeature("mail/compose"), openFeature("mail/absence")]),
  component: lazyRouteComponent(() => import("@/features/mail/absence"), "AbsencePage"),
});

const templatesRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "me/templates",
  validateSearch: ofMailbox,
  loader: () => Promise.all([openFeature("mail"), openFeature("mail/compose")]),
  component: lazyRouteComponent(boilerplate, "TemplatesPage"),
});

const groupsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "me/groups",
  validateSearch: ofMailbox,
  loader: () => Promise.all([openFeature("mail"), openFeature("mail/compose"), openFeature("mail/groups")]),
  component: lazyRouteComponent(() => import("@/features/mail/groups"), "GroupsPage"),
});

const deviceRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "device",
  component: lazyRouteComponent(settings, "DevicePage"),
});

export interface ResultSearch {
  outcome?: string;
  detail?: string;
  /** Taken out of the address at once, like the same name behind `#`. */
  signed_in_as?: string;
}

const resultRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/sign-in/result/$accountId",
  validateSearch: (search): ResultSearch => texts("outcome", "detail", "signed_in_as")(search),
  loader: () => openFeature("sign-in"),
  component: lazyRouteComponent(() => import("./ResultRoute"), "ResultRoute"),
});

const helpRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/help/microsoft-365",
  loader: () => openFeature("help"),
  component: lazyRouteComponent(() => import("@/features/help"), "MicrosoftHelpPage"),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  setupRoute,
  approveRoute,
  invitationRoute,
  shellRoute.addChildren([
    homeRoute,
    mailRoute.addChildren([mailAccountRoute, mailFolderRoute, mailMessageRoute]),
    settingsRoute.addChildren([
      settingsHomeRoute,
      emailRoute,
      externalRoute,
      internalRoute,
      accountRoute,
      internalAccountRoute,
      microsoftRoute,
      usersRoute,
      auditRoute,
      archiveRoute,
      healthRoute,
      webhooksRoute,
      recordsRoute,
      meRoute,
      securityRoute,
      signaturesRoute,
      templatesRoute,
      absenceRoute,
      groupsRoute,
      deviceRoute,
    ]),
    resultRoute,
    helpRoute,
  ]),
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  // Mail lists keep their own places. Other pages open at the top; going back finds them where they were left.
  scrollRestoration: ({ location }) => !location.pathname.startsWith("/mail"),
  scrollToTopSelectors: ["main"],
});

/**
 * When somebody logs in or the login ends (here, by JMAP or by the event stream), the
 * routes are asked again: they lead to the login page and back to the same address.
 */
let knownUser: string | null | undefined;
session.subscribe(() => {
  const user = session.get()?.user?.id ?? null;
  const isNews = knownUser !== undefined && user !== knownUser;
  knownUser = user;
  if (isNews) void router.invalidate();
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
