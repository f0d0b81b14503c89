import type { Abi } from 'viem';
import {
  assayGovernorAbi,
  assayTokenAbi,
  jobMarketAbi,
  marketLensAbi,
  modelRegistryAbi,
  parametersAbi,
  tillAbi,
  timelockControllerAbi,
  votingPowerAbi,
  windowEvaluatorAbi,
  workerRegistryAbi,
} from './generated/contracts.ts';

/** Every custom error of every contract: a call that passes through several may be refused by any of them. */
export const contractErrors: Abi = [
  assayGovernorAbi,
  assayTokenAbi,
  jobMarketAbi,
  marketLensAbi,
  modelRegistryAbi,
  parametersAbi,
  tillAbi,
  timelockControllerAbi,
  votingPowerAbi,
  windowEvaluatorAbi,
  workerRegistryAbi,
].flatMap((abi) => (abi as Abi).filter(({ type }) => type === 'error'));
