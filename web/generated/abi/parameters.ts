// Written by `node scripts/generate.ts` from contracts/. Do not edit.

export const parametersAbi = [
  {"inputs":[{"name":"parameter","type":"uint8"}],"name":"bounds","outputs":[{"name":"min","type":"uint256"},{"name":"max","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"feeShares","outputs":[{"components":[{"name":"workerBps","type":"uint16"},{"name":"authorBps","type":"uint16"},{"name":"treasuryBps","type":"uint16"}],"name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"gameRules","outputs":[{"components":[{"name":"bondWei","type":"uint256"},{"name":"clockSeconds","type":"uint256"},{"name":"replySeconds","type":"uint256"}],"name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"parameter","type":"uint8"}],"name":"get","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"jobRules","outputs":[{"components":[{"name":"maxFeeWei","type":"uint256"},{"name":"maxJobSeconds","type":"uint256"},{"name":"challengeWindowSeconds","type":"uint256"},{"name":"claimLockWei","type":"uint256"},{"components":[{"name":"workerBps","type":"uint16"},{"name":"authorBps","type":"uint16"},{"name":"treasuryBps","type":"uint16"}],"name":"shares","type":"tuple"}],"name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"longestClaimSeconds","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"parameter","type":"uint8"},{"name":"value","type":"uint256"}],"name":"set","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"components":[{"name":"workerBps","type":"uint16"},{"name":"authorBps","type":"uint16"},{"name":"treasuryBps","type":"uint16"}],"name":"shares","type":"tuple"}],"name":"setFeeShares","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[],"name":"timelock","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"windowFloorSeconds","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
] as const;
