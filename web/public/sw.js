// Pages that were visited open without a network. Files whose name holds a hash come from the cache; everything else is
// asked for first. Only files of this site: what index, chain and gateways answer is never kept here.
const CACHE = 'assay-site';
const MAX_ENTRIES = 400;
const FOREVER = /^\/(_next\/static|ort)\//;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function keep(request, response) {
  if (response.status !== 200 || response.redirected) return;
  const cache = await caches.open(CACHE);
  await cache.put(request, response.clone());
  const kept = await cache.keys();
  await Promise.all(kept.slice(0, Math.max(0, kept.length - MAX_ENTRIES)).map((old) => cache.delete(old)));
}

async function fromCacheFirst(request) {
  const kept = await caches.match(request, { cacheName: CACHE });
  if (kept !== undefined) return kept;
  const response = await fetch(request);
  await keep(request, response);
  return response;
}

async function fromNetworkFirst(request) {
  try {
    const response = await fetch(request);
    await keep(request, response);
    return response;
  } catch (error) {
    // A page is one file, whatever its query string asks for.
    const kept = await caches.match(request, { cacheName: CACHE, ignoreSearch: request.mode === 'navigate' });
    if (kept !== undefined) return kept;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.headers.has('range')) return;
  if (FOREVER.test(pathname)) event.respondWith(fromCacheFirst(request));
  else event.respondWith(fromNetworkFirst(request));
});

// What the page had loaded before this worker was there.
self.addEventListener('message', (event) => {
  const mine = (event.data?.urls ?? []).filter((url) => new URL(url).origin === self.location.origin);
  event.waitUntil(Promise.allSettled(mine.map(async (url) => keep(new Request(url), await fetch(url)))));
});
