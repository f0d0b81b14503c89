/** Keeps visited pages for when there is no network (`public/sw.js`). Does nothing while developing. */
export async function keepForOffline(): Promise<void> {
  if (process.env.NODE_ENV !== 'production' || !('serviceWorker' in navigator)) return;
  // A page that the worker already stands behind has been kept on its way here.
  const isKept = navigator.serviceWorker.controller !== null;
  try {
    await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' });
    const { active } = await navigator.serviceWorker.ready;
    if (isKept) return;
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
    active?.postMessage({ urls: [location.href, ...loaded] });
  } catch {
    // Some browsers and windows allow no workers: the site then needs its network, like every other.
    return;
  }
}
