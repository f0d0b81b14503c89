// Written by `node scripts/generate.ts` from contracts/. Do not edit.

export const jobCourtAbi = [
  {"inputs":[{"name":"jobId","type":"uint256"}],"name":"accept","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[],"name":"court","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"locator","type":"bytes"}],"name":"fileClaim","outputs":[{"components":[{"name":"claimId","type":"bytes32"},{"name":"worker","type":"address"},{"name":"beneficiary","type":"address"},{"name":"windowEndsAt","type":"uint64"},{"name":"lockWei","type":"uint128"},{"name":"revealed","type":"bool"}],"name":"","type":"tuple"}],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"jobIds","type":"uint256[]"}],"name":"finalize","outputs":[{"name":"completed","type":"uint256"}],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"jobId","type":"uint256"}],"name":"isFinalizable","outputs":[{"name":"","type":"bool"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"claimId","type":"bytes32"}],"name":"jobOf","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"market","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"models","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"claimId","type":"bytes32"},{"name":"","type":"uint8"}],"name":"onClaimFinal","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"jobId","type":"uint256"},{"components":[{"name":"jobId","type":"bytes32"},{"name":"versionId","type":"uint256"},{"name":"programRoot","type":"bytes32"},{"name":"inputRoot","type":"bytes32"},{"name":"outputRoot","type":"bytes32"},{"name":"worker","type":"address"},{"name":"issuedAt","type":"uint64"}],"name":"receipt","type":"tuple"},{"components":[{"name":"client","type":"address"},{"name":"worker","type":"address"},{"name":"versionId","type":"uint256"},{"name":"inputRoot","type":"bytes32"},{"name":"feeWei","type":"uint128"},{"name":"expiresAt","type":"uint64"},{"name":"evaluator","type":"address"},{"name":"salt","type":"bytes32"}],"name":"terms","type":"tuple"}],"name":"reveal","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"claimId","type":"bytes32"}],"name":"settle","outputs":[],"stateMutability":"nonpayable","type":"function"},
] as const;
