import { FeeSharesSet, ParameterSet } from '../generated/Parameters/Parameters';
import { Parameter, ParameterChange } from '../generated/schema';
import { eventId } from './lib/ids';
import { loadProtocol } from './lib/protocol';
import { noteNamed } from './lib/settings';

/** `IParameters.Parameter`, in its order. */
const NAMES = [
  'MinStakeWei',
  'ThawSeconds',
  'ChallengeWindowSeconds',
  'MaxJobSeconds',
  'ClaimLockWei',
  'MaxFeeWei',
  'ChallengeBondWei',
  'ClockSeconds',
  'ReplySeconds',
  'ReceiptSeconds',
  'GasRefundWei',
];

export function handleParameterSet(event: ParameterSet): void {
  const key = event.params.parameter;
  const id = key < NAMES.length ? NAMES[key] : 'Parameter' + key.toString();
  const known = Parameter.load(id);
  const parameter = known == null ? new Parameter(id) : known;
  parameter.key = key;
  parameter.value = event.params.newValue;
  parameter.changedAt = event.block.timestamp;
  parameter.save();
  const change = new ParameterChange(eventId(event));
  change.parameter = id;
  change.oldValue = event.params.oldValue;
  change.newValue = event.params.newValue;
  change.at = event.block.timestamp;
  change.block = event.block.number;
  change.tx = event.transaction.hash;
  change.save();
}

export function handleFeeSharesSet(event: FeeSharesSet): void {
  const protocol = loadProtocol();
  noteNamed(event, 'WorkerBps', protocol.workerBps, event.params.workerBps);
  noteNamed(event, 'AuthorBps', protocol.authorBps, event.params.authorBps);
  noteNamed(event, 'TreasuryBps', protocol.treasuryBps, event.params.treasuryBps);
  protocol.workerBps = event.params.workerBps;
  protocol.authorBps = event.params.authorBps;
  protocol.treasuryBps = event.params.treasuryBps;
  protocol.save();
}
