/** What the API tells its pages (GET /pages/settings.json). */
export type PageSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly temporalUiUrl: string | null;
};

let known: Promise<PageSettings> | undefined;

/** Asked for once. */
export function pageSettings(): Promise<PageSettings> {
  known ??= fetch('/pages/settings.json').then((response) => {
    if (!response.ok) throw new Error(`settings: ${response.status}`);
    return response.json() as Promise<PageSettings>;
  });
  return known;
}
