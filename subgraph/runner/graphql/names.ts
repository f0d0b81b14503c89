/** Names of query fields as graph-node forms them: `BigThing` is asked for as `bigThing` and `bigThings`. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/(quiz)$/i, '$1zes'],
  [/^(ox)$/i, '$1en'],
  [/([ml])ouse$/i, '$1ice'],
  [/(matr|vert|ind)(?:ix|ex)$/i, '$1ices'],
  [/(x|ch|ss|sh)$/i, '$1es'],
  [/([^aeiouy]|qu)y$/i, '$1ies'],
  [/(hive)$/i, '$1s'],
  [/(?:([^f])fe|([lr])f)$/i, '$1$2ves'],
  [/sis$/i, 'ses'],
  [/([ti])a$/i, '$1a'],
  [/([ti])um$/i, '$1a'],
  [/(buffal|tomat)o$/i, '$1oes'],
  [/(bu)s$/i, '$1ses'],
  [/(alias|status)$/i, '$1es'],
  [/(octop|vir)(?:us|i)$/i, '$1i'],
  [/(ax|test)is$/i, '$1es'],
  [/s$/i, 's'],
  [/$/, 's'],
];

export const singularName = (type: string): string =>
  type.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (head) => head.toLowerCase());

export function pluralName(type: string): string {
  const singular = singularName(type);
  const [pattern, ending] = RULES.find(([rule]) => rule.test(singular))!;
  const plural = singular.replace(pattern, ending);
  return plural === singular ? `${singular}_collection` : plural;
}
