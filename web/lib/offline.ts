/** Keeps visited pages for when there is no network (`public/sw.js`). Does nothing while developing. */
export async function keepForOffline(): Promise<void> {
  if (process.env.NODE_ENV !== 'production' || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/sw.js');
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
    active?.postMessage({ urls: [location.href.split('#')[0], ...loaded] });
  } catch {
    // Some browsers and windows allow no workers: the site then needs its network, like every other.
    return;
  }
}
