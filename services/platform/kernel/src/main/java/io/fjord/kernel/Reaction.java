package io.fjord.kernel;

import io.fjord.contract.CommandEnvelope;
import io.fjord.contract.EventEnvelope;
import java.util.List;
import java.util.Set;

/** A step of a process: an event leads to commands. Their ids are made of the event's, so that a repetition is none. */
public interface Reaction {

    String name();

    Set<String> services();

    List<CommandEnvelope<byte[]>> on(EventEnvelope<byte[]> event);
}
