// Written by `node scripts/generate.ts` from contracts/. Do not edit.

export const tillAbi = [
  {"inputs":[],"name":"market","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"sweep","outputs":[{"name":"amountWei","type":"uint256"}],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[],"name":"token","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
] as const;
