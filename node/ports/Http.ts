/** The part of the Fetch API that services use; `globalThis.fetch` is one. */
export type Http = (
  url: string,
  init?: {
    method?: string;
    headers?: Record<string, string>;
    body?: string | Uint8Array<ArrayBuffer>;
    signal?: AbortSignal;
    redirect?: 'error';
  },
) => Promise<HttpResponse>;

export interface HttpResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}
