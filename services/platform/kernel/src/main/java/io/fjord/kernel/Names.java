package io.fjord.kernel;

import io.fjord.contract.Address;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who holds the unique names a decision asks about: the shared rows behind them. A name is what the service takes it for, as
 * {@code user-name:ana}; one thing at most has it.
 */
public record Names(Map<String, Address> holders) {

    /** Of a thing that asks for no name. */
    public static final Names NONE = new Names(Map.of());

    public Names {
        holders = Map.copyOf(holders);
    }

    public Optional<Address> holder(String name) {
        return Optional.ofNullable(holders.get(name));
    }

    /** Whether the thing may have it: nobody does, or it does itself. */
    public boolean admits(String name, Address subject) {
        @Nullable Address holder = holders.get(name);
        return holder == null || holder.equals(subject);
    }

    /** With what a thing held before given back and what it holds now taken. */
    Names replacing(Address subject, Set<String> before, Set<String> after) {
        Map<String, Address> next = new HashMap<>(holders);
        before.forEach(name -> next.remove(name, subject));
        after.forEach(name -> next.put(name, subject));
        return new Names(next);
    }
}
