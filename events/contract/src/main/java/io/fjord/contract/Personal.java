package io.fjord.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A text of a message that says something of a person: in the journal, and in the record of the audit, it is encrypted with a key of
 * theirs, which {@link Forgets} destroys.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Personal {

    Of value() default Of.SUBJECT;

    /** Whom it says something of. */
    enum Of {
        /** What the message is about. */
        SUBJECT,
        /** Who did it, if that is a user: machines are nobody's secret. */
        ACTOR
    }
}
