package io.fjord.kernel;

/**
 * A state and how many changes made it.
 *
 * @param version 0 for a thing that never was
 */
public record Stored<S>(S state, long version) {}
