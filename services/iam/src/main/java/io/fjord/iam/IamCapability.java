package io.fjord.iam;

import io.fjord.kernel.Capability;
import io.fjord.platform.http.Api;

/** A folder of iam's behaviour: its messages, what it decides on, and its routes. */
public interface IamCapability extends Capability {

    /** Puts a handler behind each operation of the document that is its own. */
    void install(Api api, Parts parts);
}
