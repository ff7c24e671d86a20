package io.fjord.sql.statement;

import io.fjord.codec.MessageTypes;
import io.fjord.contract.sql.statement.StatementEvent;
import io.fjord.kernel.Capability;

/** Statements: submit, run, cancel, results, history. */
public final class StatementCapability implements Capability {

    @Override
    public void register(MessageTypes types) {
        types.add("sql", "statement", StatementEvent.class);
    }
}
