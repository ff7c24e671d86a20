package io.fjord.iam.bundle;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.iam.delegation.DelegationProblems;

/** Every no a bundle can meet. */
final class BundleProblems {

    private BundleProblems() {}

    static Problem notFound(Address bundle) {
        return DelegationProblems.noSuchBundle(bundle.domain(), bundle.name());
    }

    static Problem alreadyExists(String name) {
        return Problem.of(
                "bundle-already-exists",
                409,
                "Bundle already exists",
                "There is a bundle called '" + name + "' already. Choose another name, or add resources to that one.");
    }

    static Problem full(String name) {
        return Problem.of(
                "bundle-full",
                409,
                "Bundle is full",
                "'" + name + "' may hold " + BundleDecider.MOST
                        + " patterns. Name many things by one pattern, as etl-*, or make another bundle.");
    }

    static Problem inUse(Address bundle, long grants) {
        String many = grants == 1 ? "1 grant is on it" : grants + " grants are on it";
        return Problem.of(
                "bundle-in-use",
                409,
                "Bundle is in use",
                many + ". Revoke first what 'GET /api/v1/grants?domain=" + bundle.domain() + "&bundle=" + bundle.name()
                        + "' lists, then delete '" + bundle.name() + "'.");
    }
}
