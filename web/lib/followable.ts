/** The URL if it may be followed: http, https, or ipfs through the first gateway; undefined for everything else. */
export function followable(href: string, gateway?: string): URL | undefined {
  const ipfs = /^ipfs:\/\/([A-Za-z0-9]{46,100})((?:\/[^\s]*)?)$/.exec(href.trim());
  if (ipfs !== null && gateway === undefined) return undefined;
  const target = ipfs === null ? href.trim() : `${gateway!.replace(/\/$/, '')}/ipfs/${ipfs[1]}${ipfs[2]}`;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined;
  const url = new URL(target);
  return url.username === '' && url.password === '' ? url : undefined;
}
