package io.fjord.kernel;

/** For what goes on running while rights change: tells when they did, and what they are since. */
public interface AccessChanges {

    /** Called after each change of who may what, from now on; on no thread in particular, so it must not block. */
    void onChange(Runnable listener);

    /** Whether nobody has suspended or archived the actor. */
    boolean isActive(String actor);

    /** How far the rules are known, as {@code control-policies=1:3,iam=1:12}; empty before anything is. */
    String position();
}
