/** JSON that comes with the site; undefined when there is no such file. */
export async function fetchSiteFile<T>(path: `/${string}`, signal?: AbortSignal): Promise<T | undefined> {
  const response = await fetch(path, signal === undefined ? {} : { signal });
  return response.ok ? ((await response.json()) as T) : undefined;
}
