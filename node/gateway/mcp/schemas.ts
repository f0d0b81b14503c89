import { OIP_DATATYPES } from '../oip/datatype.ts';

/** JSON Schemas of arguments that several tools take. */
export const MODEL = { type: 'string', description: 'Name of the model, as list_models tells it.' };
export const VERSION = { type: 'string', description: 'Number of the version. Left out: the live one.' };
export const PICK = { type: 'object', properties: { model: MODEL, version: VERSION }, required: ['model'] } as const;

/** A tensor of the Open Inference Protocol v2. */
export const TENSOR = {
  type: 'object',
  description: 'A tensor of the Open Inference Protocol v2.',
  properties: {
    name: { type: 'string' },
    shape: { type: 'array', items: { type: 'integer', minimum: 0 } },
    datatype: { type: 'string', enum: OIP_DATATYPES.split(', ') },
    data: { type: 'array', description: 'Numbers, row by row, flat.' },
  },
  required: ['name', 'shape', 'datatype', 'data'],
};
