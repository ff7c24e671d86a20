package io.fjord.iam.identitysource;

import io.fjord.contract.Problem;
import java.util.List;

/** Every no an identity source can meet. */
final class IdentitySourceProblems {

    private IdentitySourceProblems() {}

    static Problem notFound(String name) {
        return Problem.of(
                "identity-source-not-found",
                404,
                "No such identity source",
                "There is no identity source called '" + name
                        + "'. 'GET /api/v1/identity-sources' lists those there are.");
    }

    static Problem alreadyExists(String name) {
        return Problem.of(
                "identity-source-already-exists",
                409,
                "Identity source already exists",
                "There is an identity source called '" + name + "' already. Choose another name, or change that one.");
    }

    static Problem invalid(List<Problem.Fault> faults) {
        return Problem.of(
                        "identity-source-invalid",
                        422,
                        "That is no identity source",
                        "Say 'ldap' for a directory or 'saml' for an identity provider, not both; what is wrong is"
                                + " named under errors.")
                .withFaults(faults);
    }

    static Problem otherKind(String name, String kind) {
        return Problem.of(
                "identity-source-invalid",
                422,
                "That is no identity source",
                "'" + name + "' is of the kind " + kind
                        + " and stays so: who came from there is known by it. Make another one beside it.");
    }

    static Problem nothingToSync(String name) {
        return Problem.of(
                "identity-source-not-synced",
                422,
                "There is nothing to read",
                "'" + name + "' is an identity provider: who comes from it is known when they log in. Only directories"
                        + " can be read.");
    }

    static Problem notOurs() {
        return Problem.of(
                "identity-provider-not-managed",
                409,
                "The identity provider is not Fjord's to manage",
                "People log in at a provider that Fjord may not change (FJORD_OIDC_ISSUER without FJORD_KEYCLOAK). Set"
                        + " up LDAP and SAML there; or let Fjord manage a Keycloak: FJORD_KEYCLOAK and"
                        + " FJORD_KEYCLOAK_SECRET_FILE.");
    }

    static Problem providerAway(String why) {
        return Problem.of(
                "identity-provider-unavailable",
                503,
                "The identity provider does not answer",
                "Keycloak cannot be asked now (" + why + "). Try again; 'fjord status' tells how it is.");
    }

    static Problem testFailed(String name, String why) {
        return Problem.of(
                "identity-source-unreachable",
                422,
                "The identity source cannot be used",
                "Keycloak tried '" + name + "' and says: " + why
                        + ". Compare address, names and password with those of the"
                        + " directory or provider, then change it and test again.");
    }
}
