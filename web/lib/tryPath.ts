/** What the registry allows as the name of a model. */
const SLUG = /^[a-z0-9](?:[a-z0-9-]{1,38})[a-z0-9]$/;

/** Where to try a model; without it when its name is none that the registry allows. */
export const tryPath = (slug: string): `/try/${string}` => (SLUG.test(slug) ? `/try/?model=${slug}` : '/try/');
