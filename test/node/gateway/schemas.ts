import { z } from 'zod';

/**
 * The answers of the Open Inference Protocol v2 as schemas, written from open_inference_rest.yaml and
 * inference_rest.md; stricter than those where the prose is (parameters are strings, numbers or booleans).
 */
const parameters = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const datatype = z.enum([
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP32',
  'FP64',
]);
const tensorMetadata = z.strictObject({ name: z.string(), datatype, shape: z.array(z.int().min(-1)) });

export const serverMetadataSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
});
export const modelMetadataSchema = z.strictObject({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.literal('onnx_onnxv1'),
  inputs: z.array(tensorMetadata),
  outputs: z.array(tensorMetadata),
  parameters,
});
export const modelReadySchema = z.strictObject({ name: z.string(), ready: z.boolean() });
export const liveSchema = z.strictObject({ live: z.boolean(), ready: z.boolean().optional() });
export const inferenceSchema = z.strictObject({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters,
  outputs: z.array(
    z.strictObject({
      name: z.string(),
      shape: z.array(z.int().min(0)),
      datatype,
      parameters: z.strictObject({ binary_data_size: z.int().min(0) }).optional(),
      data: z.array(z.union([z.number(), z.boolean(), z.null()])).optional(),
    }),
  ),
});
export const problemSchema = z.strictObject({ error: z.string().min(10), code: z.string().regex(/^[A-Z_]+$/) });
