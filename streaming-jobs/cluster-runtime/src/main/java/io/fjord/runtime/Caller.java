package io.fjord.runtime;

/** Who makes a call. */
public record Caller(String name) {}
