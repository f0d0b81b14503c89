// SPDX-License-Identifier: MIT
pragma solidity 0.8.33;

/// @title Judge of one step: recomputes one output element from what a worker committed to (docs/program.md).
/// @notice Every function is total: any evidence gets a verdict. Only bytes that are no ABI encoding of the named struct
/// may revert. Evidence is passed as `abi.encode(struct)`, so that callers hand it on without knowing what is inside.
/// SAFETY: no evidence makes `Wrong` of an honest trace of a proven program, and none makes `Void` of a proven program,
/// whatever the trace: `Void` follows from the program alone.
interface IReferee {
    /// @notice What evidence shows.
    enum Verdict {
        /// @dev It is malformed, or shows nothing. Nothing changes.
        Unproven,
        /// @dev What is asked about is as the program demands.
        Correct,
        /// @dev It is not: the worker loses.
        Wrong,
        /// @dev The program is impossible there: nobody loses.
        Void
    }

    /// @notice What is established about a claim.
    struct Facts {
        /// @dev List digest of the program header and the n step records.
        bytes32 programRoot;
        /// @dev T of the input.
        bytes32 inputRoot;
        /// @dev Root of the tree over T_1..T_n.
        bytes32 traceRoot;
        /// @dev n.
        uint32 count;
    }

    /// @notice A preimage and its place in its list.
    struct Member {
        /// @dev A step record (217 bytes), a program header (79) or a tensor header (59).
        bytes data;
        /// @dev Siblings from the leaf upward, padding included. Empty where T is known otherwise (input, constants).
        bytes32[] path;
    }

    /// @notice Neighbouring leaves of a tensor that hold one range of elements; which ones follows from the range.
    struct Opening {
        /// @dev Whole leaves, the last one of the tensor zero padded.
        bytes leaves;
        /// @dev From the leaf level upward: the left sibling if the range starts at an odd index, then the right sibling if
        /// it ends at an even one and that sibling covers at least one leaf.
        bytes32[] siblings;
    }

    /// @notice A tensor and its ranges.
    struct Operand {
        /// @dev Header; path of T in the trace (empty for the input and for constants).
        Member tensor;
        Opening[] openings;
    }

    /// @notice Evidence for {judge}, {judgePartials} and {judgeChunk}.
    struct ElementEvidence {
        /// @dev Record of the step: member `step` of the program.
        Member record;
        /// @dev T_step with one opening, of the leaf of the element. For {judgeChunk} the header alone.
        Operand output;
        /// @dev What the step reads, in the order source 0, source 1, constant 0, constant 1; only those it does read.
        Operand[] operands;
    }

    /// @notice Evidence for {judgeHeader}.
    struct HeaderEvidence {
        /// @dev Record of the step.
        Member record;
        /// @dev Header and path of T_step.
        Member output;
        /// @dev Header of the input: says how many rows there are. May be empty: then rows are not judged.
        bytes input;
        /// @dev For `Void`: of each source its record, or the program header. May be empty.
        Member[] sources;
    }

    /// @notice Evidence for {judgeInput}.
    struct InputEvidence {
        /// @dev Program header, member 0 of the program.
        Member program;
        /// @dev The input; no opening, or one of the leaf that holds the element.
        Operand input;
    }

    /// @notice Is one element of T_step what the step gives? `Wrong` too when a tensor of the trace or the input that the
    /// evidence opens is malformed (header, padding).
    /// @param step 1..n.
    /// @param element Index in the whole output tensor, rows included.
    /// @param evidence `abi.encode(ElementEvidence)`.
    function judge(
        Facts calldata facts,
        uint32 step,
        uint64 element,
        bytes calldata evidence
    ) external view returns (Verdict);

    /// @notice Is the header of T_step (type, shape, rows, layout, leaves) what record and input demand? `Void` when the
    /// shown sources do not fit the record.
    /// @param evidence `abi.encode(HeaderEvidence)`.
    function judgeHeader(
        Facts calldata facts,
        uint32 step,
        bytes calldata evidence
    ) external view returns (Verdict);

    /// @notice Is the input what the program header demands: its header, and the shown element in lo..hi?
    /// @param element Of no meaning when the evidence has no opening.
    /// @param evidence `abi.encode(InputEvidence)`.
    function judgeInput(
        Facts calldata facts,
        uint64 element,
        bytes calldata evidence
    ) external view returns (Verdict);

    /// @notice Does chunk `chunk` of the element's sum have the sum partials[chunk + 1] - partials[chunk]? `Wrong` too when
    /// the number of partials is not {chunksOf} + 1 or the first is not 0 (then operands may be absent).
    /// @dev Operands: of sources and constant 0 the ranges of this chunk; of those without any, and of constant 1, none. A
    /// step without partial sums is `Unproven`.
    /// @param evidence `abi.encode(ElementEvidence)`.
    function judgeChunk(
        Facts calldata facts,
        uint32 step,
        uint64 element,
        int64[] calldata partials,
        uint256 chunk,
        bytes calldata evidence
    ) external view returns (Verdict);

    /// @notice Do the posted sums give the element? `Wrong` when there are too many or too few, the first is not 0, or the last
    /// does not requantise to the element.
    /// @dev Operands: constant 1 if the step has one.
    /// @param evidence `abi.encode(ElementEvidence)`.
    function judgePartials(
        Facts calldata facts,
        uint32 step,
        uint64 element,
        int64[] calldata partials,
        bytes calldata evidence
    ) external view returns (Verdict);

    /// @notice Chunks of the sum of an element: 0 when it is judged in one piece, and for a malformed record.
    function chunksOf(bytes calldata record) external pure returns (uint256);
}
