package io.fjord.kernel;

import io.fjord.contract.Address;

/** Something a service decides on, as its events left it, and where it lives. */
public interface Thing {

    Address address();
}
