import { request } from "./request";
import type { Team, TeamChange, TeamId } from "./team-types";
import type { AccountId, AccountRow, Level, UserId } from "./types";

/** Groups of users, and the mailboxes that they were given. */
export const teams = {
  list: () => request<{ teams: readonly Team[] }>("GET", "/api/teams").then((answer) => answer.teams),
  add: (name: string, members: readonly UserId[]) => request<Team>("POST", "/api/teams", { name, members }),
  change: (id: TeamId, change: TeamChange) => request<Team>("PATCH", `/api/teams/${id}`, { ...change, confirm: true }),
  remove: (id: TeamId) => request<unknown>("DELETE", `/api/teams/${id}`),
  assign: (account: AccountId, id: TeamId, level: Level) => request<AccountRow>("PUT", `/api/accounts/${account}/teams/${id}`, { level, confirm: true }),
  withdraw: (account: AccountId, id: TeamId) => request<AccountRow>("DELETE", `/api/accounts/${account}/teams/${id}`),
};
