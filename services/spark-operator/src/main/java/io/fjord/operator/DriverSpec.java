package io.fjord.operator;

import io.fjord.contract.Address;
import io.fjord.contract.core.cluster.ClusterSize;

/** What is needed to start a driver. The secrets stay off topics, logs and command lines. */
record DriverSpec(Driver.Key key, Address cluster, ClusterSize size, String secret, DriverSettings settings) {
    @Override
    public String toString() {
        return "DriverSpec[" + key + ", " + cluster + ", " + size + "]";
    }
}
