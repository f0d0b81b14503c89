// Written by `node scripts/generate.ts` from contracts/. Do not edit.

export const modelRegistryAbi = [
  {"inputs":[{"name":"modelId","type":"uint256"}],"name":"acceptAuthor","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"versionId","type":"uint256"}],"name":"authorOf","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"}],"name":"getModel","outputs":[{"components":[{"name":"author","type":"address"},{"name":"pendingAuthor","type":"address"},{"name":"registeredAt","type":"uint64"},{"name":"liveVersionId","type":"uint256"},{"name":"slug","type":"string"},{"name":"metadataCid","type":"string"}],"name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"versionId","type":"uint256"}],"name":"getVersion","outputs":[{"components":[{"name":"modelId","type":"uint256"},{"name":"sha256Hash","type":"bytes32"},{"name":"programRoot","type":"bytes32"},{"name":"sizeBytes","type":"uint64"},{"name":"publishedAt","type":"uint64"},{"name":"cid","type":"string"},{"name":"licence","type":"string"},{"name":"cardCid","type":"string"},{"name":"parents","type":"uint256[]"}],"name":"","type":"tuple"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"}],"name":"liveVersionOf","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"slug","type":"string"}],"name":"modelBySlug","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[],"name":"modelCount","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"versionId","type":"uint256"}],"name":"programRootOf","outputs":[{"name":"","type":"bytes32"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"},{"components":[{"name":"cid","type":"string"},{"name":"sha256Hash","type":"bytes32"},{"name":"programRoot","type":"bytes32"},{"name":"sizeBytes","type":"uint64"},{"name":"licence","type":"string"},{"name":"cardCid","type":"string"},{"name":"parents","type":"uint256[]"}],"name":"input","type":"tuple"}],"name":"publishVersion","outputs":[{"name":"versionId","type":"uint256"}],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"slug","type":"string"},{"name":"metadataCid","type":"string"}],"name":"registerModel","outputs":[{"name":"modelId","type":"uint256"}],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"}],"name":"retire","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"},{"name":"versionId","type":"uint256"}],"name":"setLive","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[],"name":"timelock","outputs":[{"name":"","type":"address"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"},{"name":"pendingAuthor","type":"address"}],"name":"transferAuthor","outputs":[],"stateMutability":"nonpayable","type":"function"},
  {"inputs":[],"name":"versionCount","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"}],"name":"versionCountOf","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"versionId","type":"uint256"}],"name":"versionExists","outputs":[{"name":"","type":"bool"}],"stateMutability":"view","type":"function"},
  {"inputs":[{"name":"modelId","type":"uint256"},{"name":"index","type":"uint256"}],"name":"versionOfAt","outputs":[{"name":"","type":"uint256"}],"stateMutability":"view","type":"function"},
] as const;
