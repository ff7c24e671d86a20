package io.fjord.contract.core.cluster;

/**
 * Where a running cluster is reached.
 *
 * @param sparkConnect {@code sc://localhost:<port>}
 * @param hiveServer2 HTTP address of the HiveServer2 thrift endpoint
 * @param flightSql {@code grpc://<host>:<port>} of Arrow Flight SQL
 */
public record Endpoints(String sparkConnect, String hiveServer2, String flightSql) {}
