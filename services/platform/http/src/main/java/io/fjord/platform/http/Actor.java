package io.fjord.platform.http;

/**
 * Who calls.
 *
 * @param id {@code user:…}, {@code service:…} or {@code platform}; stands in every envelope
 */
public record Actor(String id) {}
