package io.fjord.iam.thing;

import io.fjord.contract.Address;

/** Something of iam as its events left it, and where it lives. */
public interface Thing {

    Address address();
}
