// Written by `node scripts/generate.ts` from contracts/. Do not edit.

export const blockBeaconAbi = [
  {"inputs":[],"name":"announce","outputs":[{"name":"point","type":"uint64"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"delayBlocks","outputs":[{"name":"","type":"uint64"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"point","type":"uint64"}],"name":"read","outputs":[{"name":"status","type":"uint8"},{"name":"value","type":"bytes32"}],"stateMutability":"view","type":"function"},
] as const;
