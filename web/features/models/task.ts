import { pictureOf } from '../../lib/inference/pictureShape.ts';
import type { ModelMetadata, TensorMetadata } from '../../lib/oip.ts';

/** Without the batch, which comes first when there is more than one dimension. */
const rowOf = ({ shape }: TensorMetadata): readonly number[] => (shape.length > 1 ? shape.slice(1) : shape);
const isFixed = (dims: readonly number[]): boolean => dims.length > 0 && dims.every((size) => size > 0);

/**
 * What a model does, in the names that Hugging Face gives to tasks, guessed from the shapes of its input and output as a
 * worker states them. For models whose card says nothing; undefined when the shapes do not tell.
 */
export function taskOf({ inputs, outputs }: ModelMetadata): string | undefined {
  const [input, output] = [inputs[0], outputs[0]];
  if (input === undefined || output === undefined || inputs.length > 1 || outputs.length > 1) return undefined;
  const [given, said] = [rowOf(input), rowOf(output)];
  if (!isFixed(given) || !isFixed(said)) return undefined;
  const isPicture = pictureOf(given) !== undefined;
  const values = said.reduce((product, size) => product * size, 1);
  if (values === 1) return isPicture ? undefined : 'tabular-regression';
  // A row of scores; a plane or more is a picture, a sequence, or something else.
  if (said.filter((size) => size > 1).length !== 1) return undefined;
  return isPicture ? 'image-classification' : given.length === 1 ? 'tabular-classification' : undefined;
}
