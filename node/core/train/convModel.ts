import { ProtocolError } from '../errors.ts';
import { graphBuilder } from '../onnx/build.ts';
import type { Model } from '../onnx/model.ts';
import { elementCount, tensor, zeros } from '../tensor/tensor.ts';
import type { Parameters } from './models.ts';
import { Rng } from './rng.ts';

/**
 * A classifier of images: 3x3 convolutions, each with Relu; a 2x2 MaxPool halves the image after every one but the
 * first, while it is even; then one dense layer. What it is made of stays exact well: no average is taken, nothing is
 * normalised, and every sum is followed by Relu.
 */
export interface ConvNetwork {
  /** Channels, height, width of one sample. */
  readonly image: readonly [number, number, number];
  /** Output channels of each convolution. */
  readonly maps: readonly number[];
  readonly classes: number;
}

/** An image classifier that cannot be built. */
export class ConvNetworkRefused extends ProtocolError {
  override readonly code = 'CONV_NETWORK_REFUSED';
  constructor(why: string) {
    super({
      what: 'The convolutional network cannot be built',
      why,
      fix: 'Give at least one convolution and images of at least one pixel, e.g. maps 16,32,32 over 8 x 8.',
    });
  }
}

const KERNEL = 3;

interface Layer {
  readonly inputs: number;
  readonly maps: number;
  readonly pooled: boolean;
}

/** The convolutions, and how many values the dense layer sees. @throws {ConvNetworkRefused} */
function layersOf({ image, maps }: ConvNetwork): { readonly layers: readonly Layer[]; readonly features: number } {
  const whole = [...image, ...maps].every((size) => Number.isInteger(size) && size >= 1);
  if (!whole || maps.length === 0) {
    throw new ConvNetworkRefused(`maps [${maps.join(', ')}] over an image of ${image.join(' x ')}`);
  }
  let [channels, height, width] = image;
  const layers = maps.map((count, index): Layer => {
    const pooled = index > 0 && height % 2 === 0 && width % 2 === 0;
    const layer = { inputs: channels, maps: count, pooled };
    if (pooled) [height, width] = [height / 2, width / 2];
    channels = count;
    return layer;
  });
  return { layers, features: channels * height * width };
}

/** Shapes of W1, b1, W2, b2 ... in the order of the flat parameter vector; the last pair is the dense layer. */
export function convParameterShapes(network: ConvNetwork): Map<string, readonly number[]> {
  const { layers, features } = layersOf(network);
  const convolutions = layers.map(({ inputs, maps }) => [maps, inputs, KERNEL, KERNEL]);
  const weights = [...convolutions, [features, network.classes]];
  return new Map(
    weights.flatMap((dims, i): [string, readonly number[]][] => [
      [`W${i + 1}`, dims],
      [`b${i + 1}`, [i < layers.length ? dims[0]! : network.classes]],
    ]),
  );
}

/** Uniform with variance 2 / fan-in (He et al. 2015, section 2.2), half of it in the last layer; biases are 0. */
export function initialConvParameters(network: ConvNetwork, seed: number): Parameters {
  const { image, maps, classes } = network;
  const rng = new Rng(`init|conv|${image.join('x')}|${maps.join('-')}|${classes}|${seed}`);
  const shapes = [...convParameterShapes(network)];
  return new Map(
    shapes.map(([name, dims], i) => {
      if (name.startsWith('b')) return [name, zeros('float32', dims)];
      const last = i === shapes.length - 2;
      const bound = Math.sqrt(last ? 3 / dims[0]! : 6 / elementCount(dims.slice(1)));
      const draws = Float32Array.from({ length: elementCount(dims) }, () => (2 * rng.uniform() - 1) * bound);
      return [name, tensor('float32', dims, draws)];
    }),
  );
}

/**
 * The network as a float ONNX model: input `x` float32 [N, C, H, W], output `logits` float32 [N, classes]. The
 * parameters are its initializers, under their names.
 * @throws {ConvNetworkRefused}
 */
export function convModel(
  network: ConvNetwork,
  parameters: Parameters,
  metadata: Readonly<Record<string, string>> = {},
): Model {
  const g = graphBuilder('conv');
  const { layers } = layersOf(network);
  const constants = (layer: number) =>
    [`W${layer}`, `b${layer}`].map((name) => g.constant(name, parameters.get(name)!));
  let value = g.input('x', 'float32', ['N', ...network.image]);
  layers.forEach(({ pooled }, index) => {
    const window = { kernel_shape: [KERNEL, KERNEL], pads: [1, 1, 1, 1] };
    value = g.node('Conv', [value, ...constants(index + 1)], window, { name: `z${index + 1}` });
    value = g.node('Relu', [value], {}, { name: `h${index + 1}` });
    if (pooled) {
      value = g.node('MaxPool', [value], { kernel_shape: [2, 2], strides: [2, 2] }, { name: `p${index + 1}` });
    }
  });
  value = g.node('Flatten', [value], {}, { name: 'features' });
  value = g.node('Gemm', [value, ...constants(layers.length + 1)], {}, { name: 'logits' });
  g.output(value, 'float32', ['N', network.classes]);
  return g.model(metadata);
}

/** Moves a division of all pixels by `divisor` into the first convolution, so that the model takes raw pixels. */
export function foldPixelScale(parameters: Parameters, divisor: number): Parameters {
  const weight = parameters.get('W1')!;
  return new Map([
    ...parameters,
    [
      'W1',
      tensor(
        'float32',
        weight.dims,
        weight.data.map((w) => w / divisor),
      ),
    ],
  ]);
}
