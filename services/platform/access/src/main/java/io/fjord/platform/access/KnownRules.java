package io.fjord.platform.access;

import io.fjord.contract.Address;
import java.util.List;

/** Grants and policies as far as they are known, for who asks about them rather than for a decision. */
public interface KnownRules {

    /** Everybody who could do it, in order of name; people and programs, no groups. */
    List<String> who(String action, Address resource);

    /** All that decisions are made of. */
    Snapshot snapshot();

    /** How far they are known, as {@code control-policies=1:3,iam=1:12}. */
    String position();
}
