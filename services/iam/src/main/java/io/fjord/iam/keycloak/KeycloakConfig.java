package io.fjord.iam.keycloak;

/**
 * A Keycloak that is ours to manage.
 *
 * @param address its base, {@code http://127.0.0.1:18180}
 * @param realm that people log in to
 * @param clientId a client with a service account that may manage users, groups, identity providers and the realm
 * @param secret what it proves itself with
 */
public record KeycloakConfig(String address, String realm, String clientId, String secret) {
    @Override
    public String toString() {
        return "KeycloakConfig[" + address + ", " + realm + "]";
    }
}
