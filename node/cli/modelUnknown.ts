import { ProtocolError } from '../core/errors.ts';

export class ModelUnknown extends ProtocolError {
  override readonly code = 'MODEL_UNKNOWN';
}

export const unknownModel = (name: string, known: readonly { readonly slug: string }[]): ModelUnknown =>
  new ModelUnknown({
    what: `No model is named ${JSON.stringify(name)}`,
    why: `the registry knows ${known.map(({ slug }) => slug).join(', ') || 'no model'}`,
    fix: 'See `assay model show` for the names, or publish it first.',
  });
