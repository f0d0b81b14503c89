import type { arenaAbi } from '../generated/abi/arena.ts';
import type { assayGovernorAbi } from '../generated/abi/assayGovernor.ts';
import type { assayTokenAbi } from '../generated/abi/assayToken.ts';
import type { auditPoolAbi } from '../generated/abi/auditPool.ts';
import type { blockBeaconAbi } from '../generated/abi/blockBeacon.ts';
import type { courtAbi } from '../generated/abi/court.ts';
import type { jobCourtAbi } from '../generated/abi/jobCourt.ts';
import type { jobMarketAbi } from '../generated/abi/jobMarket.ts';
import type { marketLensAbi } from '../generated/abi/marketLens.ts';
import type { modelRegistryAbi } from '../generated/abi/modelRegistry.ts';
import type { parametersAbi } from '../generated/abi/parameters.ts';
import type { receiptCourtAbi } from '../generated/abi/receiptCourt.ts';
import type { refereeAbi } from '../generated/abi/referee.ts';
import type { timelockControllerAbi } from '../generated/abi/timelockController.ts';
import type { votingPowerAbi } from '../generated/abi/votingPower.ts';
import type { workerRegistryAbi } from '../generated/abi/workerRegistry.ts';
import type { ContractName } from './config.ts';

/** What the protocol's contracts can be asked and told, as types. */
export interface Abis {
  readonly timelock: typeof timelockControllerAbi;
  readonly token: typeof assayTokenAbi;
  readonly parameters: typeof parametersAbi;
  readonly models: typeof modelRegistryAbi;
  readonly workers: typeof workerRegistryAbi;
  readonly votingPower: typeof votingPowerAbi;
  readonly governor: typeof assayGovernorAbi;
  readonly market: typeof jobMarketAbi;
  readonly jobCourt: typeof jobCourtAbi;
  readonly lens: typeof marketLensAbi;
  readonly referee: typeof refereeAbi;
  readonly receiptCourt: typeof receiptCourtAbi;
  readonly court: typeof courtAbi;
  readonly arena: typeof arenaAbi;
  readonly beacon: typeof blockBeaconAbi;
  readonly auditPool: typeof auditPoolAbi;
}

const LOADERS: { readonly [name in ContractName]: () => Promise<Abis[name]> } = {
  timelock: () => import('../generated/abi/timelockController.ts').then((file) => file.timelockControllerAbi),
  token: () => import('../generated/abi/assayToken.ts').then((file) => file.assayTokenAbi),
  parameters: () => import('../generated/abi/parameters.ts').then((file) => file.parametersAbi),
  models: () => import('../generated/abi/modelRegistry.ts').then((file) => file.modelRegistryAbi),
  workers: () => import('../generated/abi/workerRegistry.ts').then((file) => file.workerRegistryAbi),
  votingPower: () => import('../generated/abi/votingPower.ts').then((file) => file.votingPowerAbi),
  governor: () => import('../generated/abi/assayGovernor.ts').then((file) => file.assayGovernorAbi),
  market: () => import('../generated/abi/jobMarket.ts').then((file) => file.jobMarketAbi),
  jobCourt: () => import('../generated/abi/jobCourt.ts').then((file) => file.jobCourtAbi),
  lens: () => import('../generated/abi/marketLens.ts').then((file) => file.marketLensAbi),
  referee: () => import('../generated/abi/referee.ts').then((file) => file.refereeAbi),
  receiptCourt: () => import('../generated/abi/receiptCourt.ts').then((file) => file.receiptCourtAbi),
  court: () => import('../generated/abi/court.ts').then((file) => file.courtAbi),
  arena: () => import('../generated/abi/arena.ts').then((file) => file.arenaAbi),
  beacon: () => import('../generated/abi/blockBeacon.ts').then((file) => file.blockBeaconAbi),
  auditPool: () => import('../generated/abi/auditPool.ts').then((file) => file.auditPoolAbi),
};

/** What calls of a contract are encoded by. Pages name contracts and functions; the ABI is loaded with the first call. */
export const abiOf = <const name extends ContractName>(contract: name): Promise<Abis[name]> => LOADERS[contract]();
