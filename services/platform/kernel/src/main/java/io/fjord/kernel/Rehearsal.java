package io.fjord.kernel;

import io.fjord.contract.Address;
import io.fjord.contract.CommandEnvelope;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Runs the very code of the command handler on what is unread and then the command, and rolls back. */
public final class Rehearsal implements DryRun {

    /** Reads what a handler has not handled yet. */
    public interface UnreadCommands {

        Partition partitionOf(Address subject);

        /** The records of a partition from that offset to its end. */
        Future<List<CommandRecord>> from(Partition partition, long offset);
    }

    private final CommandHandler handler;
    private final Metastore metastore;
    private final UnreadCommands unread;

    public Rehearsal(CommandHandler handler, Metastore metastore, UnreadCommands unread) {
        this.handler = handler;
        this.metastore = metastore;
        this.unread = unread;
    }

    @Override
    public Future<Foreseen> decide(CommandEnvelope<byte[]> command) {
        Partition partition = unread.partitionOf(command.subject());
        return metastore
                .offset(partition)
                .compose(next -> unread.from(partition, next))
                .compose(waiting -> {
                    long last = waiting.isEmpty()
                            ? -1
                            : waiting.get(waiting.size() - 1).offset();
                    List<CommandRecord> all = new ArrayList<>(waiting);
                    // A place no real command has, so that the offset row never takes it for one handled.
                    all.add(CommandRecord.of(Math.max(last + 1, Long.MAX_VALUE - 1), command));
                    return handler.rehearse(partition, all);
                });
    }
}
