/** Somebody whose pictures from outside a person sees without being asked. */
export interface PictureSender {
  readonly address: string;
  readonly allowed_at: string;
}
