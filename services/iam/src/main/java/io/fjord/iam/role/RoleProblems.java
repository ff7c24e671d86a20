package io.fjord.iam.role;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.iam.delegation.DelegationProblems;

/** Every no a role can meet. */
final class RoleProblems {

    private RoleProblems() {}

    static Problem notFound(Address role) {
        return DelegationProblems.noSuchRole(role.domain(), role.name());
    }

    static Problem alreadyExists(String name) {
        return Problem.of(
                "role-already-exists",
                409,
                "Role already exists",
                "There is a role called '" + name + "' already. Choose another name, or change that one.");
    }

    static Problem builtIn(String name) {
        return Problem.of(
                "role-built-in",
                409,
                "Role is built in",
                "'" + name + "' is a role every domain has, and stays as it is. Make a role of another name.");
    }

    static Problem inUse(Address role, long grants) {
        String many = grants == 1 ? "1 grant gives it" : grants + " grants give it";
        return Problem.of(
                "role-in-use",
                409,
                "Role is in use",
                many + ". Revoke first what 'GET /api/v1/grants?domain=" + role.domain() + "&role=" + role.name()
                        + "' lists, then delete '" + role.name() + "'.");
    }
}
