package io.fjord.load;

/** Something measured against its peer in one run, verified at its end. */
interface Scenario {

    /** As it is given on the command line. */
    String name();

    Result run(LocalPlatform platform) throws Exception;
}
