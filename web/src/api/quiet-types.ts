/** When somebody is not notified of new mail. Source: docs/api.md. */

/** Days are 1 (Monday) to 7, those on which it begins; times as "18:00". One that does not end after it begins ends on the next day. */
export interface QuietSpan {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}

export interface QuietWeek {
  readonly is_on: boolean;
  readonly time_zone: string;
  readonly spans: readonly QuietSpan[];
}

/** When this person is not notified, on whatever device. */
export interface QuietHours extends Omit<QuietWeek, "time_zone"> {
  /** null: never chosen. */
  readonly time_zone: string | null;
  readonly paused_until: string | null;
  /** When the quiet ends that there is now; null: there is none. */
  readonly quiet_until: string | null;
}
