package io.fjord.contract.operation;

import io.fjord.contract.Problem;

/** What any service says of a command that changed nothing. */
public sealed interface OperationEvent {

    /** The command was refused; the problem says why and what to do. */
    record CommandRejected(Problem problem) implements OperationEvent {}

    /** The command was right, and there was nothing to change: what it wished for is so already. */
    record CommandHadNoEffect(String reason) implements OperationEvent {}
}
