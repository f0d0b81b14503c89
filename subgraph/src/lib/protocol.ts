import { BigInt, ethereum } from '@graphprotocol/graph-ts';
import { Day, Protocol } from '../../generated/schema';

const ZERO = BigInt.zero();
const DAY_SECONDS = BigInt.fromI32(86400);

export function loadProtocol(): Protocol {
  let protocol = Protocol.load('assay');
  if (protocol != null) return protocol;
  protocol = new Protocol('assay');
  protocol.models = 0;
  protocol.versions = 0;
  protocol.liveModels = 0;
  protocol.workers = 0;
  protocol.jobs = 0;
  protocol.jobsOpen = 0;
  protocol.jobsSubmitted = 0;
  protocol.jobsCompleted = 0;
  protocol.jobsRejected = 0;
  protocol.jobsExpired = 0;
  protocol.tillWei = ZERO;
  protocol.feesWei = ZERO;
  protocol.workerFeesWei = ZERO;
  protocol.authorFeesWei = ZERO;
  protocol.treasuryFeesWei = ZERO;
  protocol.stakeWei = ZERO;
  protocol.thawingWei = ZERO;
  protocol.slashedWei = ZERO;
  protocol.claims = 0;
  protocol.claimsFallen = 0;
  protocol.games = 0;
  protocol.gamesOpen = 0;
  protocol.proposals = 0;
  protocol.votes = 0;
  protocol.auditors = 0;
  protocol.audits = 0;
  protocol.auditFundsWei = ZERO;
  protocol.auditReservedWei = ZERO;
  protocol.supplyWei = ZERO;
  protocol.burnedWei = ZERO;
  protocol.holders = 0;
  protocol.treasuryWei = ZERO;
  protocol.workerBps = 0;
  protocol.authorBps = 0;
  protocol.treasuryBps = 0;
  protocol.votingDelaySeconds = ZERO;
  protocol.votingPeriodSeconds = ZERO;
  protocol.lateQuorumExtensionSeconds = ZERO;
  protocol.proposalThresholdWei = ZERO;
  protocol.quorumPercent = ZERO;
  protocol.timelockDelaySeconds = ZERO;
  return protocol;
}

/** The day of an event; what stands at its end is copied when it is saved, see {@link saveDay}. */
export function loadDay(event: ethereum.Event): Day {
  const number = event.block.timestamp.div(DAY_SECONDS);
  const id = number.toString();
  let day = Day.load(id);
  if (day != null) return day;
  day = new Day(id);
  day.startedAt = number.times(DAY_SECONDS);
  day.jobs = 0;
  day.jobsCompleted = 0;
  day.jobsRejected = 0;
  day.feesWei = ZERO;
  day.workerFeesWei = ZERO;
  day.authorFeesWei = ZERO;
  day.treasuryFeesWei = ZERO;
  day.treasuryInWei = ZERO;
  day.treasuryOutWei = ZERO;
  day.slashedWei = ZERO;
  day.burnedWei = ZERO;
  day.claims = 0;
  day.votes = 0;
  day.stakeWei = ZERO;
  day.treasuryWei = ZERO;
  return day;
}

export function saveDay(day: Day, protocol: Protocol): void {
  day.stakeWei = protocol.stakeWei;
  day.treasuryWei = protocol.treasuryWei;
  day.save();
}
