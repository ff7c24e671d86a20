package io.fjord.contract.core.pipeline;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the connection to a database is protected. */
public enum DatabaseTls {
    /** Nothing is: for a database on the same machine. */
    @JsonProperty("disable")
    DISABLE,
    /** It is encrypted; whose certificate it is is not asked. */
    @JsonProperty("require")
    REQUIRE,
    /** The certificate must be one the platform trusts, and name the host. */
    @JsonProperty("verify-full")
    VERIFY_FULL
}
