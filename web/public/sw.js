// Pages that were visited open without a network. Files whose name holds a hash or a version come from the cache;
// everything else is asked for first. Only files of this site: what index, chain and gateways answer is never kept here.
//
// Each release of the site is another worker (build.ts writes its name here) with a cache of its own. A page is kept
// together with every file that it names, or not at all: so it opens later as a whole, of whichever release it is.
const RELEASE = 'unreleased';
const PREFIX = 'assay-site';
const CACHE = `${PREFIX}-${RELEASE}`;
const FOREVER = /^\/(_next\/static|ort)\//;
const NAMED = /\b(?:src|href)="(\/_next\/static\/[^"]+)"/g;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(Promise.all([self.clients.claim(), forget(1)])));

/** Caches of releases before this one, oldest first. */
async function formerCaches() {
  return (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
}

/** The last release stays: its pages may be open in other tabs, and those not visited since still open offline. */
async function forget(count) {
  const former = await formerCaches();
  await Promise.all(former.slice(0, former.length - count).map((name) => caches.delete(name)));
}

/** What is kept of a path, of this release first. The query string asks pages for content, not for another file. */
async function kept(path) {
  for (const cacheName of [CACHE, ...(await formerCaches()).reverse()]) {
    // Not by opening it: that would bring a cache back which goes at this moment.
    const found = await caches.match(path, { cacheName });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The same without an address, and with a body that the browser holds: this worker may be replaced while it is read. */
const detached = async (response) => new Response(await response.blob(), response);

const isWhole = ({ status, redirected, type }) => status === 200 && !redirected && type === 'basic';

async function put(path, response) {
  const cache = await caches.open(CACHE);
  try {
    await cache.put(path, response);
  } catch (error) {
    // No room: the releases before this one go, and the next visit finds some.
    await forget(0);
    throw error;
  }
}

/** Everything a page names, before the page itself. @throws when a file of it cannot be had */
async function keepParts(html) {
  const own = await caches.open(CACHE);
  const paths = new Set([...html.matchAll(NAMED)].map(([, path]) => path));
  const keepPart = async (path) => {
    if ((await own.match(path)) !== undefined) return;
    const part = (await kept(path)) ?? (await fetch(path));
    if (part.status !== 200) throw new Error(`${path} is missing`);
    await put(path, part);
  };
  await Promise.all([...paths].map(keepPart));
}

/** Never rejects: a visit does not depend on what can be kept of it. */
async function keep(path, response) {
  try {
    const isPage = response.headers.get('content-type')?.startsWith('text/html') === true;
    if (isPage) await keepParts(await response.clone().text());
    await put(path, response);
  } catch {
    // What was kept before stays.
  }
}

async function fetchAndKeep(event, path) {
  const response = await fetch(event.request);
  if (!isWhole(response)) return response;
  const whole = await detached(response);
  event.waitUntil(keep(path, whole.clone()));
  return whole;
}

async function fromCacheFirst(event, path) {
  const found = await kept(path);
  if (found === undefined) return fetchAndKeep(event, path);
  // What has no address gets that of its request, and its fragment tells Web Workers of one script apart.
  return event.request.destination === 'worker' ? detached(found) : found;
}

async function fromNetworkFirst(event, path) {
  try {
    const response = await fetchAndKeep(event, path);
    return response.status < 500 ? response : ((await kept(path)) ?? response);
  } catch (error) {
    const found = await kept(path);
    if (found !== undefined) return found;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin || request.headers.has('range')) return;
  event.respondWith((FOREVER.test(pathname) ? fromCacheFirst : fromNetworkFirst)(event, pathname));
});

// What the page had loaded before this worker was there.
self.addEventListener('message', (event) => {
  const paths = (event.data?.urls ?? [])
    .map((url) => new URL(url))
    .filter(({ origin }) => origin === self.location.origin);
  const keepOne = async ({ pathname }) => {
    if (FOREVER.test(pathname) && (await kept(pathname)) !== undefined) return;
    const response = await fetch(pathname);
    if (isWhole(response)) await keep(pathname, response);
  };
  event.waitUntil(Promise.allSettled(paths.map(keepOne)));
});
