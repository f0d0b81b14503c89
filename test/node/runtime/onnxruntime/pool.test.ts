import { createOnnxRuntime } from '../../../../node/runtime/onnxruntime/pool.ts';
import { describeRuntime } from '../../../helpers/runtimeContract.ts';

describeRuntime('onnxruntime', createOnnxRuntime);
