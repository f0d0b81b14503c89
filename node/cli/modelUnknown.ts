import { nearest } from '../core/codec/nearest.ts';
import { ProtocolError } from '../core/errors.ts';

export class ModelUnknown extends ProtocolError {
  override readonly code = 'MODEL_UNKNOWN';
}

export function unknownModel(name: string, known: readonly { readonly slug: string }[]): ModelUnknown {
  const names = known.map(({ slug }) => slug);
  const meant = nearest(name, names);
  return new ModelUnknown({
    what: `No model is named ${JSON.stringify(name)}`,
    why: `the registry knows ${names.join(', ') || 'no model'}`,
    fix: `${meant === undefined ? '' : `Did you mean ${meant}? `}See \`assay model show\` for the names, or publish it first.`,
    ...(meant === undefined ? {} : { meta: { meant } }),
  });
}
