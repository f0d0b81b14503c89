import { guarded } from '../../../../node/runtime/onnxruntime/confinement.ts';
import { createOnnxRuntime } from '../../../../node/runtime/onnxruntime/pool.ts';
import { describeRuntime } from '../../../helpers/runtimeContract.ts';

describeRuntime('onnxruntime', () => createOnnxRuntime());
describeRuntime('onnxruntime, without help from the system', () => createOnnxRuntime({ confinement: guarded }));
