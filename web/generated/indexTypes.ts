// Written by `node scripts/generate.ts` from subgraph/. Do not edit.

/** One type a line: `Type field type field type`, or `Type=MEMBER MEMBER`. From subgraph/schema.graphql. */
export const INDEX_TYPES = `
Protocol id ID! models Int! versions Int! liveModels Int! workers Int! jobs Int! jobsOpen Int! jobsSubmitted Int! jobsCompleted Int! jobsRejected Int! jobsExpired Int! tillWei BigInt! feesWei BigInt! workerFeesWei BigInt! authorFeesWei BigInt! treasuryFeesWei BigInt! stakeWei BigInt! thawingWei BigInt! slashedWei BigInt! claims Int! claimsFallen Int! games Int! gamesOpen Int! proposals Int! votes Int! auditors Int! audits Int! auditFundsWei BigInt! auditReservedWei BigInt! supplyWei BigInt! burnedWei BigInt! holders Int! timelock Bytes treasuryWei BigInt! workerBps Int! authorBps Int! treasuryBps Int! votingDelaySeconds BigInt! votingPeriodSeconds BigInt! lateQuorumExtensionSeconds BigInt! proposalThresholdWei BigInt! quorumPercent BigInt! timelockDelaySeconds BigInt! proposalGuardian Bytes
Day id ID! startedAt BigInt! jobs Int! jobsCompleted Int! jobsRejected Int! feesWei BigInt! workerFeesWei BigInt! authorFeesWei BigInt! treasuryFeesWei BigInt! treasuryInWei BigInt! treasuryOutWei BigInt! slashedWei BigInt! burnedWei BigInt! claims Int! votes Int! stakeWei BigInt! treasuryWei BigInt!
Account id Bytes! firstSeenAt BigInt! balanceWei BigInt! delegate Account stakeDelegate Account tokenVotesWei BigInt! stakeVotesWei BigInt! votesWei BigInt! delegators [Account!]! worker Worker auditor Auditor models [Model!]! jobs [Job!]! proposals [Proposal!]! votes [Vote!]! workerRewardsWei BigInt! authorRewardsWei BigInt! challengerRewardsWei BigInt! auditorRewardsWei BigInt! otherRewardsWei BigInt! refundsWei BigInt! marketCreditWei BigInt! courtCreditWei BigInt! auditCreditWei BigInt! challengesWon Int! challengesLost Int! spentWei BigInt! jobCount Int! activities [Activity!]!
Model id ID! number BigInt! slug String! metadataCid String! author Account! pendingAuthor Account registeredAt BigInt! liveVersion Version liveSince BigInt versionCount Int! versions [Version!]! liveHistory [LiveChange!]! jobCount Int! feesWei BigInt! updatedAt BigInt!
Version id ID! number BigInt! model Model! author Account! cid String! sha256 Bytes! programRoot Bytes! exact Boolean! sizeBytes BigInt! licence String! cardCid String! parents [Version!]! children [Parenthood!]! publishedAt BigInt! publishedTx Bytes! live Boolean! offers [Offer!]! offerCount Int! jobCount Int! jobsCompleted Int! jobsRejected Int! feesWei BigInt! jobs [Job!]!
Parenthood id ID! child Version! parent Version!
LiveChange id Bytes! model Model! previous Version version Version at BigInt! block BigInt! tx Bytes!
Worker id Bytes! account Account! hotKey Bytes! endpoint String! registeredAt BigInt! stakeWei BigInt! lockedWei BigInt! thawingWei BigInt! thawEndsAt BigInt slashedWei BigInt! slashCount Int! offerCount Int! jobCount Int! jobsSubmitted Int! jobsCompleted Int! jobsRejected Int! jobsExpired Int! feesWei BigInt! settlementSeconds BigInt! claims Int! claimsStood Int! claimsFallen Int! gamesWon Int! gamesLost Int! reserveWei BigInt! lastJobAt BigInt offers [Offer!]! jobs [Job!]! stakeChanges [StakeChange!]! batches [ReceiptBatch!]! tills [Till!]!
StakeChangeKind=ADDED UNSTAKE_REQUESTED WITHDRAWN SLASHED
StakeChange id Bytes! worker Worker! kind StakeChangeKind! amountWei BigInt! stakeWei BigInt! thawEndsAt BigInt slasher Bytes offenceId Bytes recipient Bytes at BigInt! block BigInt! tx Bytes!
Offer id ID! worker Worker! version Version! feeWei BigInt! active Boolean! at BigInt!
Till id ID! address Bytes! worker Worker! version Version! collectedWei BigInt! collections Int! collectedAt BigInt!
JobState=OPEN FUNDED SUBMITTED COMPLETED REJECTED EXPIRED
Job id Bytes! client Account! worker Worker! version Version model Model author Account evaluator Bytes! state JobState! held Boolean! feeWei BigInt! claimLockWei BigInt! challengeWindowSeconds BigInt! workerBps Int! authorBps Int! inputRoot Bytes salt Bytes deliverable Bytes createdAt BigInt! createdTx Bytes! expiresAt BigInt! fundedAt BigInt submittedAt BigInt submittedTx Bytes windowEndsAt BigInt endedAt BigInt endedTx Bytes reason Bytes workerWei BigInt! authorWei BigInt! treasuryWei BigInt! refundWei BigInt! claim Claim audit Audit events [JobEvent!]!
JobEvent id Bytes! job Job! kind String! actor Bytes amountWei BigInt data Bytes at BigInt! block BigInt! tx Bytes! ordinal BigInt!
SkippedJob id Bytes! jobId Bytes! reason Bytes! at BigInt! tx Bytes!
ReceiptBatch id Bytes! worker Worker! root Bytes! size Int! committedAt BigInt! tx Bytes! released Boolean! releasedAt BigInt releasedWei BigInt
BatchTerms id ID! windowSeconds BigInt! lockWei BigInt! at BigInt!
ClaimOutcome=PENDING STANDS FALLEN VOID
Claim id Bytes! subject Bytes! worker Worker! beneficiary Bytes! job Job windowEndsAt BigInt! lockWei BigInt! revealed Boolean! receiptJobId Bytes version Version programRoot Bytes inputRoot Bytes outputRoot Bytes receiptIssuedAt BigInt filedAt BigInt! filedTx Bytes! verdict ClaimOutcome! decidedBy Bytes decidedAt BigInt decidedTx Bytes slashedWei BigInt! outcome ClaimOutcome! finalAt BigInt finalTx Bytes burnedWei BigInt beneficiaryWei BigInt challengersWei BigInt winners Int subjectFailed Boolean! traceRoot Bytes traceCount Int programTreeRoot Bytes gameCount Int! openGames Int! openGameIds [Bytes!]! games [Game!]! bonds [Bond!]! demands [InputDemand!]!
GameResult=CHALLENGER_LOST CHALLENGER_WON VOID WITHDRAWN
Game id Bytes! claim Claim! worker Worker! challenger Account! bondWei BigInt! clockSeconds BigInt! replySeconds BigInt! openedAt BigInt! openedTx Bytes! deadline BigInt! turn GameTurn moveCount Int! step Int element BigInt ended Boolean! result GameResult byTimeout Boolean! endedAt BigInt endedTx Bytes moves [GameMove!]!
GameTurn=WORKER CHALLENGER
GameMoveKind=OPENED TRACE_ANSWERED NODE_OPENED NODE_PICKED TENSOR_OPENED LEAF_OPENED ELEMENT_PICKED PARTIALS_POSTED ENDED
GameMove id Bytes! game Game! kind GameMoveKind! by GameTurn! node Bytes child Bytes children [Bytes!] level Int index BigInt header Bytes data Bytes dataBytes Int step Int element BigInt partials [BigInt!] deadline BigInt at BigInt! block BigInt! tx Bytes! ordinal BigInt!
BondTally id ID! posted Int! settled Int!
CourtCause id ID! claim Bytes! account Bytes amountWei BigInt! supplier Bytes tx Bytes!
Bond id ID! claim Claim! account Account! amountWei BigInt! postedAt BigInt! postedTx Bytes! result GameResult returnedWei BigInt settledAt BigInt
InputDemand id ID! claim Claim! leaf BigInt! requester Account! priceWei BigInt! deadline BigInt! demandedAt BigInt! supplier Account suppliedAt BigInt suppliedBytes Int
Auditor id Bytes! account Account! operator Bytes! bondWei BigInt! frozenWei BigInt! active Boolean! joinedAt BigInt! thawEndsAt BigInt paidWei BigInt! lostWei BigInt! audits Int! revealed Int! missed Int! seats [AuditSeat!]!
AuditRules id ID! bondWei BigInt! baseFeeWei BigInt! missWei BigInt! canaryWei BigInt! auditBps Int! seats Int! startSeconds BigInt! commitSeconds BigInt! revealSeconds BigInt! canarySeconds BigInt! contestSeconds BigInt! thawSeconds BigInt! at BigInt!
AuditRound id ID! point BigInt! size Int! epoch Int! openedAt BigInt! value Bytes drawnAt BigInt audits [Audit!]!
AuditOutcome=PENDING AGREED DISAGREED RECEIPT_WITHHELD INPUT_WITHHELD MISSED
CanaryState=NONE PENDING PROVEN REFUTED
Audit id Bytes! job Job round AuditRound! auditors [Bytes!]! startedAt BigInt! commitEndsAt BigInt! revealEndsAt BigInt! outcome AuditOutcome! triggered Boolean! triggeredWhy AuditOutcome claim Claim receiptRoot Bytes revealed Int! settledAt BigInt canary CanaryState! canaryRoot Bytes canaryClaim Claim canaryBurnedWei BigInt canaryFindersWei BigInt seats [AuditSeat!]!
AuditSeat id ID! audit Audit! auditor Auditor! commitment Bytes committedAt BigInt outputRoot Bytes revealedAt BigInt paidWei BigInt! lostWei BigInt! frozenWei BigInt!
ProposalStatus=CREATED QUEUED EXECUTED CANCELED
Proposal id ID! proposer Account! description String! descriptionHash Bytes! title String! targets [Bytes!]! values [BigInt!]! signatures [String!]! calldatas [Bytes!]! status ProposalStatus! createdAt BigInt! createdTx Bytes! snapshotAt BigInt! deadlineAt BigInt! extended Boolean! etaAt BigInt operation Bytes queuedTx Bytes executedAt BigInt executedTx Bytes canceledAt BigInt canceledTx Bytes forWei BigInt! againstWei BigInt! abstainWei BigInt! voteCount Int! votes [Vote!]!
VoteSupport=AGAINST FOR ABSTAIN
Vote id ID! proposal Proposal! voter Account! support VoteSupport! weightWei BigInt! reason String! at BigInt! block BigInt! tx Bytes!
TimelockCall id ID! operation Bytes! index Int! target Bytes! valueWei BigInt! data Bytes! scheduledAt BigInt delaySeconds BigInt salt Bytes scheduledTx Bytes executedAt BigInt executedTx Bytes cancelledAt BigInt
TimelockRole id ID! role Bytes! account Bytes! granted Boolean! changedAt BigInt!
Parameter id ID! key Int! value BigInt! changedAt BigInt! changes [ParameterChange!]!
ParameterChange id Bytes! parameter Parameter! oldValue BigInt! newValue BigInt! at BigInt! block BigInt! tx Bytes!
SettingChange id Bytes! kind String! subject Bytes oldValue BigInt newValue BigInt allowed Boolean at BigInt! block BigInt! tx Bytes!
TreasuryFlowKind=GENESIS FEE LOST_BOND WITHDRAWN RECEIVED SPENT
TreasuryFlow id Bytes! kind TreasuryFlowKind! amountWei BigInt! counterparty Bytes job Job at BigInt! block BigInt! tx Bytes!
RewardKind=WORKER AUTHOR CHALLENGER AUDITOR COMPENSATION INPUT LOST_BOND
Reward id Bytes! account Account! kind RewardKind! amountWei BigInt! subject Bytes at BigInt! block BigInt! tx Bytes!
Activity id Bytes! account Account! kind String! subjectType String! subject String! amountWei BigInt at BigInt! block BigInt! tx Bytes! ordinal BigInt!
Approval id ID! owner Account! spender Bytes! amountWei BigInt! at BigInt! tx Bytes!
Authorization id ID! account Account! nonce Bytes! cancelled Boolean! at BigInt! block BigInt! tx Bytes!
LastOperation id ID! operation Bytes! tx Bytes!
CreditMove id ID! from Bytes! amountWei BigInt! tx Bytes!
_Meta_ block _Block_! deployment String! hasIndexingErrors Boolean!
_Block_ hash Bytes number Int! timestamp Int
Query _meta _Meta_ protocol Protocol protocols [Protocol!]! day Day days [Day!]! account Account accounts [Account!]! model Model models [Model!]! version Version versions [Version!]! parenthood Parenthood parenthoods [Parenthood!]! liveChange LiveChange liveChanges [LiveChange!]! worker Worker workers [Worker!]! stakeChange StakeChange stakeChanges [StakeChange!]! offer Offer offers [Offer!]! till Till tills [Till!]! job Job jobs [Job!]! jobEvent JobEvent jobEvents [JobEvent!]! skippedJob SkippedJob skippedJobs [SkippedJob!]! receiptBatch ReceiptBatch receiptBatches [ReceiptBatch!]! batchTerms BatchTerms batchTerms_collection [BatchTerms!]! claim Claim claims [Claim!]! game Game games [Game!]! gameMove GameMove gameMoves [GameMove!]! bondTally BondTally bondTallies [BondTally!]! courtCause CourtCause courtCauses [CourtCause!]! bond Bond bonds [Bond!]! inputDemand InputDemand inputDemands [InputDemand!]! auditor Auditor auditors [Auditor!]! auditRules AuditRules auditRules_collection [AuditRules!]! auditRound AuditRound auditRounds [AuditRound!]! audit Audit audits [Audit!]! auditSeat AuditSeat auditSeats [AuditSeat!]! proposal Proposal proposals [Proposal!]! vote Vote votes [Vote!]! timelockCall TimelockCall timelockCalls [TimelockCall!]! timelockRole TimelockRole timelockRoles [TimelockRole!]! parameter Parameter parameters [Parameter!]! parameterChange ParameterChange parameterChanges [ParameterChange!]! settingChange SettingChange settingChanges [SettingChange!]! treasuryFlow TreasuryFlow treasuryFlows [TreasuryFlow!]! reward Reward rewards [Reward!]! activity Activity activities [Activity!]! approval Approval approvals [Approval!]! authorization Authorization authorizations [Authorization!]! lastOperation LastOperation lastOperations [LastOperation!]! creditMove CreditMove creditMoves [CreditMove!]!
`;
