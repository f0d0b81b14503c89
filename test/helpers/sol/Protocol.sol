// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Arena} from "../../../contracts/disputes/Arena.sol";
import {Court} from "../../../contracts/disputes/Court.sol";
import {JobCourt} from "../../../contracts/disputes/JobCourt.sol";
import {ReceiptCourt} from "../../../contracts/disputes/ReceiptCourt.sol";
import {AssayGovernor} from "../../../contracts/governance/AssayGovernor.sol";
import {AssayToken} from "../../../contracts/governance/AssayToken.sol";
import {Parameters} from "../../../contracts/governance/Parameters.sol";
import {VotingPower} from "../../../contracts/governance/VotingPower.sol";
import {IAssayGovernor} from "../../../contracts/interfaces/IAssayGovernor.sol";
import {IAssayToken} from "../../../contracts/interfaces/IAssayToken.sol";
import {ICourt} from "../../../contracts/interfaces/ICourt.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IParameters} from "../../../contracts/interfaces/IParameters.sol";
import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {JobMarket} from "../../../contracts/market/JobMarket.sol";
import {ModelRegistry} from "../../../contracts/models/ModelRegistry.sol";
import {MarketLens} from "../../../contracts/periphery/MarketLens.sol";
import {JobId, ModelId, VersionId} from "../../../contracts/types/Ids.sol";
import {WorkerRegistry} from "../../../contracts/workers/WorkerRegistry.sol";
import {ScriptedReferee} from "./ScriptedReferee.sol";
import {Test} from "./Test.sol";

/// @title The whole protocol, wired as node/chain/deploy.ts wires it, with a few people in it.
abstract contract Protocol is Test {
    uint256 internal constant ASSAY = 1e18;
    uint256 internal constant MIN_STAKE = 1_000e18;
    uint256 internal constant THAW = 14 days;
    uint256 internal constant WINDOW = 36 hours;
    uint256 internal constant MAX_JOB = 1 days;
    uint256 internal constant CLAIM_LOCK = 1e18;
    uint256 internal constant MAX_FEE = 1e18;
    uint256 internal constant BOND = 0.1e18;
    uint256 internal constant CLOCK = 24 hours;
    uint256 internal constant REPLY = 3 hours;
    uint256 internal constant TO_FILE = 72 hours;
    uint256 internal constant GAS_REFUND = 0.05e18;
    uint256 internal constant LONGEST_CLAIM = TO_FILE + WINDOW + 3 * CLOCK + 33 * REPLY;
    uint256 internal constant START = 1_800_000_000;

    TimelockController internal timelock;
    AssayToken internal token;
    Parameters internal parameters;
    ModelRegistry internal models;
    WorkerRegistry internal workers;
    VotingPower internal votingPower;
    AssayGovernor internal governor;
    JobMarket internal market;
    JobCourt internal evaluator;
    MarketLens internal lens;
    ReceiptCourt internal receipts;
    Court internal court;
    Arena internal arena;

    address internal treasury;
    address internal holder;

    function deployProtocol() internal {
        vm.warp(START);
        holder = actor("holder");
        uint256 nonce = vm.getNonce(address(this));
        address[] memory proposers = new address[](1);
        proposers[0] = vm.computeCreateAddress(address(this), nonce + 6);
        timelock = new TimelockController(2 days, proposers, new address[](1), address(0));
        treasury = address(timelock);
        token = new AssayToken(_allocations());
        parameters = new Parameters(treasury, 1 hours, initialValues(), IParameters.FeeShares(8_000, 1_500, 500));
        models = new ModelRegistry(treasury);
        address market_ = vm.computeCreateAddress(address(this), nonce + 7);
        workers = _workers(market_, nonce);
        votingPower = new VotingPower(token, workers);
        governor = new AssayGovernor(
            votingPower,
            timelock,
            IAssayGovernor.Settings(1 days, 5 days, 100_000e18, 4, 1 days)
        );
        address evaluator_ = vm.computeCreateAddress(address(this), nonce + 8);
        market = new JobMarket(treasury, token, parameters, models, workers, evaluator_);
        evaluator = new JobCourt(market, models, ICourt(vm.computeCreateAddress(address(this), nonce + 12)));
        lens = new MarketLens(models, workers, market);
        _deployCourts(nonce);
        vm.assertEq(address(market), market_, "market address");
        vm.assertEq(address(evaluator), evaluator_, "evaluator address");
        vm.assertEq(address(governor), proposers[0], "governor address");
    }

    /// @dev Nonces 10 to 13, after the lens.
    function _deployCourts(uint256 nonce) private {
        IReferee referee_ = newReferee();
        court = Court(vm.computeCreateAddress(address(this), nonce + 12));
        receipts = new ReceiptCourt(market, models, workers, parameters, court, address(token));
        address[] memory subjects = new address[](2);
        subjects[0] = address(evaluator);
        subjects[1] = address(receipts);
        address arena_ = vm.computeCreateAddress(address(this), nonce + 13);
        Court court_ = new Court(treasury, token, parameters, workers, arena_, subjects);
        arena = new Arena(token, parameters, workers, market, court, referee_);
        vm.assertEq(address(court_), address(court), "court address");
        vm.assertEq(address(arena), arena_, "arena address");
    }

    /// @dev One contract creation.
    function newReferee() internal virtual returns (IReferee) {
        return new ScriptedReferee();
    }

    function _workers(address market_, uint256 nonce) private returns (WorkerRegistry) {
        address[] memory lockers = new address[](2);
        lockers[0] = market_;
        lockers[1] = vm.computeCreateAddress(address(this), nonce + 11);
        address court_ = vm.computeCreateAddress(address(this), nonce + 12);
        return new WorkerRegistry(treasury, token, parameters, models, lockers, court_);
    }

    function initialValues() internal pure returns (uint256[] memory values) {
        values = new uint256[](11);
        values[0] = MIN_STAKE;
        values[1] = THAW;
        values[2] = WINDOW;
        values[3] = MAX_JOB;
        values[4] = CLAIM_LOCK;
        values[5] = MAX_FEE;
        values[6] = BOND;
        values[7] = CLOCK;
        values[8] = REPLY;
        values[9] = TO_FILE;
        values[10] = GAS_REFUND;
    }

    function give(address to, uint256 amountWei) internal {
        vm.prank(holder);
        vm.assertTrue(token.transfer(to, amountWei), "transfer");
    }

    /// @dev A registered worker with the given stake; his hot key is named `<name> hot`.
    function newWorker(string memory name, uint256 stakeWei) internal returns (address worker) {
        worker = actor(name);
        give(worker, stakeWei);
        (address hotKey, bytes memory consent) = hotKeyOf(name, worker);
        vm.startPrank(worker);
        token.approve(address(workers), stakeWei);
        workers.register(hotKey, consent, "https://worker.example", stakeWei);
        vm.stopPrank();
    }

    function hotKeyOf(string memory name, address worker) internal returns (address hotKey, bytes memory consent) {
        string memory hot = string.concat(name, " hot");
        hotKey = actor(hot);
        consent = sign(keyOf(hot), workers.hotKeyConsentDigest(worker));
    }

    /// @dev A model with one version, by `author`.
    function newVersion(address author, string memory slug) internal returns (ModelId modelId, VersionId versionId) {
        vm.startPrank(author);
        modelId = models.registerModel(slug, "");
        versionId = models.publishVersion(modelId, versionInput());
        vm.stopPrank();
    }

    function versionInput() internal pure returns (IModelRegistry.VersionInput memory) {
        return
            IModelRegistry.VersionInput({
                cid: "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
                sha256Hash: keccak256("artifact"),
                programRoot: keccak256("program"),
                sizeBytes: 12_345,
                licence: "MIT",
                cardCid: "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52za",
                parents: new VersionId[](0)
            });
    }

    function termsOf(
        address client,
        address worker,
        VersionId versionId,
        uint128 feeWei,
        uint256 salt
    ) internal view returns (IJobMarket.JobTerms memory) {
        return
            IJobMarket.JobTerms({
                client: client,
                worker: worker,
                versionId: versionId,
                inputRoot: keccak256(abi.encode("input", salt)),
                feeWei: feeWei,
                expiresAt: uint64(block.timestamp + 1 hours),
                evaluator: address(evaluator),
                salt: bytes32(salt)
            });
    }

    /// @dev The client's one signature: ERC-3009 ReceiveWithAuthorization whose nonce is the job id.
    function authorize(
        uint256 clientKey,
        IJobMarket.JobTerms memory terms
    ) internal view returns (IJobMarket.ReceiveAuthorization memory) {
        uint256 validBefore = block.timestamp + 1 days;
        bytes32 digest = authorizationDigest(terms, 0, validBefore);
        return IJobMarket.ReceiveAuthorization(0, validBefore, sign(clientKey, digest));
    }

    function authorizationDigest(
        IJobMarket.JobTerms memory terms,
        uint256 validAfter,
        uint256 validBefore
    ) internal view returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
                ),
                terms.client,
                address(market),
                uint256(terms.feeWei),
                validAfter,
                validBefore,
                bytes32(JobId.unwrap(market.jobIdOf(terms)))
            )
        );
        return keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), structHash));
    }

    function setParameter(IParameters.Parameter parameter, uint256 value) internal {
        vm.prank(treasury);
        parameters.set(parameter, value);
    }

    function _allocations() private view returns (IAssayToken.Allocation[] memory allocations) {
        allocations = new IAssayToken.Allocation[](2);
        allocations[0] = IAssayToken.Allocation(holder, 600_000_000e18);
        allocations[1] = IAssayToken.Allocation(treasury, 400_000_000e18);
    }
}
