import { describe } from 'node:test';
import { storeContract } from '../../helpers/storeContract.ts';
import { home } from './world.ts';

describe('the port Store on a folder', () => storeContract(async () => (await home()).store));
