import { BigInt, ethereum } from '@graphprotocol/graph-ts';
import {
  AuthorTransferred,
  AuthorTransferStarted,
  LiveVersionChanged,
  ModelRegistered,
  VersionPublished,
} from '../generated/ModelRegistry/ModelRegistry';
import { LiveChange, Model, Parenthood, Version } from '../generated/schema';
import { ensureAccount, note } from './lib/accounts';
import { eventId, pairId } from './lib/ids';
import { loadProtocol } from './lib/protocol';
import { clamped } from './lib/text';

const ZERO = BigInt.zero();

function loadModel(number: BigInt, event: ethereum.Event): Model {
  let model = Model.load(number.toString());
  if (model != null) return model;
  model = new Model(number.toString());
  model.number = number;
  model.slug = '';
  model.metadataCid = '';
  model.author = ensureAccount(event.transaction.from, event);
  model.registeredAt = event.block.timestamp;
  model.versionCount = 0;
  model.jobCount = 0;
  model.feesWei = ZERO;
  model.updatedAt = event.block.timestamp;
  return model;
}

export function handleModelRegistered(event: ModelRegistered): void {
  const model = loadModel(event.params.modelId, event);
  model.slug = clamped(event.params.slug);
  model.metadataCid = clamped(event.params.metadataCid);
  model.author = ensureAccount(event.params.author, event);
  model.save();
  const protocol = loadProtocol();
  protocol.models += 1;
  protocol.save();
  note(event, event.params.author, 'ModelRegistered', 'model', model.id, null);
}

export function handleVersionPublished(event: VersionPublished): void {
  const model = loadModel(event.params.modelId, event);
  model.versionCount += 1;
  model.updatedAt = event.block.timestamp;
  model.save();
  const version = new Version(event.params.versionId.toString());
  version.number = event.params.versionId;
  version.model = model.id;
  version.author = ensureAccount(event.params.author, event);
  version.cid = clamped(event.params.cid);
  version.sha256 = event.params.sha256Hash;
  version.programRoot = event.params.programRoot;
  version.exact = !BigInt.fromUnsignedBytes(event.params.programRoot).isZero();
  version.sizeBytes = event.params.sizeBytes;
  version.licence = clamped(event.params.licence);
  version.cardCid = clamped(event.params.cardCid);
  const parents: string[] = [];
  for (let i = 0; i < event.params.parents.length; i++) {
    const parent = event.params.parents[i].toString();
    parents.push(parent);
    const edgeId = pairId(version.id, parent);
    if (Parenthood.load(edgeId) != null) continue;
    const edge = new Parenthood(edgeId);
    edge.child = version.id;
    edge.parent = parent;
    edge.save();
  }
  version.parents = parents;
  version.publishedAt = event.block.timestamp;
  version.publishedTx = event.transaction.hash;
  version.live = false;
  version.offerCount = 0;
  version.jobCount = 0;
  version.jobsCompleted = 0;
  version.jobsRejected = 0;
  version.feesWei = ZERO;
  version.save();
  const protocol = loadProtocol();
  protocol.versions += 1;
  protocol.save();
  note(event, event.params.author, 'VersionPublished', 'version', version.id, null);
}

export function handleLiveVersionChanged(event: LiveVersionChanged): void {
  const model = loadModel(event.params.modelId, event);
  const previous = event.params.previousVersionId;
  const next = event.params.versionId;
  const protocol = loadProtocol();
  const change = new LiveChange(eventId(event));
  change.model = model.id;
  if (!previous.isZero()) {
    protocol.liveModels -= 1;
    change.previous = previous.toString();
    setLive(previous, false);
  }
  if (next.isZero()) {
    model.liveVersion = null;
    model.liveSince = null;
  } else {
    protocol.liveModels += 1;
    change.version = next.toString();
    setLive(next, true);
    model.liveVersion = next.toString();
    model.liveSince = event.block.timestamp;
  }
  change.at = event.block.timestamp;
  change.block = event.block.number;
  change.tx = event.transaction.hash;
  change.save();
  model.updatedAt = event.block.timestamp;
  model.save();
  protocol.save();
  note(event, model.author, 'LiveVersionChanged', 'model', model.id, null);
}

function setLive(number: BigInt, live: boolean): void {
  const version = Version.load(number.toString());
  if (version == null) return;
  version.live = live;
  version.save();
}

export function handleAuthorTransferStarted(event: AuthorTransferStarted): void {
  const model = loadModel(event.params.modelId, event);
  if (BigInt.fromUnsignedBytes(event.params.pendingAuthor).isZero()) model.pendingAuthor = null;
  else {
    model.pendingAuthor = ensureAccount(event.params.pendingAuthor, event);
    note(event, event.params.pendingAuthor, 'AuthorTransferStarted', 'model', model.id, null);
  }
  model.save();
}

export function handleAuthorTransferred(event: AuthorTransferred): void {
  const model = loadModel(event.params.modelId, event);
  model.author = ensureAccount(event.params.author, event);
  model.pendingAuthor = null;
  model.save();
  note(event, event.params.author, 'AuthorTransferred', 'model', model.id, null);
}
