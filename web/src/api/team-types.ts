import type { AccountId, Level, UserId } from "./types";

export type TeamId = string;

/** A group of users. */
export interface Team {
  readonly id: TeamId;
  readonly name: string;
  readonly members: readonly UserId[];
  readonly accounts: readonly { readonly account: AccountId; readonly level: Level }[];
}

/** What is to be other; who is in it otherwise stays. */
export interface TeamChange {
  readonly name?: string;
  readonly add?: readonly UserId[];
  readonly remove?: readonly UserId[];
}

/** `level` is the highest of what was given to the user alone (null: nothing) and to their groups, of which `teams` are the names. */
export interface AssignedUser {
  readonly id: UserId;
  readonly name: string;
  readonly level: Level;
  readonly own_level: Level | null;
  readonly teams: readonly string[];
}

export interface AssignedTeam {
  readonly id: TeamId;
  readonly name: string;
  readonly level: Level;
  readonly members: number;
}
