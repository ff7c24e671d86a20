package io.fjord.contract;

import java.util.List;

/** An event after which nobody can read any more what was said of its subject ({@link Personal}): the key of it is destroyed. */
public interface Forgets {

    /** Other names, in the domain and of the kind of the subject, under which something was said of the same one. */
    List<String> alsoKnownAs();
}
