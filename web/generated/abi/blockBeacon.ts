// Written by `node scripts/generate.ts` from contracts/. Do not edit.

export const blockBeaconAbi = [
  {"inputs":[{"internalType":"uint64","name":"delayBlocks","type":"uint64"},{"internalType":"uint64","name":"max","type":"uint64"}],"name":"BlockBeaconDelayOutOfRange","type":"error"},
  {"inputs":[],"name":"announce","outputs":[{"internalType":"uint64","name":"point","type":"uint64"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"delayBlocks","outputs":[{"internalType":"uint64","name":"","type":"uint64"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"internalType":"uint64","name":"point","type":"uint64"}],"name":"read","outputs":[{"internalType":"enum IBeacon.Status","name":"status","type":"uint8"},{"internalType":"bytes32","name":"value","type":"bytes32"}],"stateMutability":"view","type":"function"},
] as const;
