import { type ServedVersion, VersionNotServed } from '../service/inference.ts';

const SHOWN = 5;

/**
 * The version that an address means: the numbered one, or the live one.
 * @throws {VersionNotServed}
 */
export function findVersion(
  versions: readonly ServedVersion[],
  model: string,
  number: string | undefined,
): ServedVersion {
  // Compared as text: an address is never converted, so no number is too long and no name is a path.
  const found = versions.find(
    (version) =>
      version.model === model && (number === undefined ? version.live : version.versionId.toString() === number),
  );
  if (found !== undefined) return found;
  const names = [...new Set(versions.map((version) => version.model))];
  const wanted = number === undefined ? 'a live version' : `version ${JSON.stringify(number.slice(0, 40))}`;
  throw new VersionNotServed({
    what: 'This node does not serve that version',
    why: `${wanted} of ${JSON.stringify(model.slice(0, 80))} is not loaded here`,
    fix:
      names.length === 0
        ? 'It has loaded no model yet; GET /v2/health/ready says when it has.'
        : `GET /v2/models lists what it serves: ${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ', ...' : ''}.`,
  });
}
