export interface Deed {
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly start: () => void;
}
