package io.fjord.iam.group;

import io.fjord.contract.Problem;
import java.util.List;

/** Every no a group command can meet. */
final class GroupProblems {

    private GroupProblems() {}

    static Problem notFound(String name) {
        return Problem.of(
                "group-not-found",
                404,
                "No such group",
                "There is no group called '" + name + "'. 'GET /api/v1/groups' lists those there are.");
    }

    static Problem alreadyExists(String name) {
        return Problem.of(
                "group-already-exists",
                409,
                "Group already exists",
                "There is a group called '" + name + "' already. Choose another name, or change that one.");
    }

    static Problem notMembers(List<String> faults) {
        return Problem.of(
                        "not-a-member",
                        422,
                        "That cannot be a member",
                        "Members are user:<id>, service-account:<name> and group:<name>; what is not is named under"
                                + " errors.")
                .withFaults(faults.stream()
                        .map(fault -> new Problem.Fault(
                                "/members", "'" + fault + "' is not user:<id>, service-account:<name> or group:<name>"))
                        .toList());
    }

    static Problem inItself(String name) {
        return Problem.of(
                "group-in-itself",
                422,
                "A group is no member of itself",
                "'" + name + "' was named as a member of itself. Leave it out.");
    }

    static Problem tooManyMembers(String name, int most) {
        return Problem.of(
                "group-too-large",
                422,
                "Too many members for one group",
                "'" + name + "' would have more than " + most
                        + " members. Make several groups, and those members of one.");
    }
}
