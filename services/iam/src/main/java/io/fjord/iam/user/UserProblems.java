package io.fjord.iam.user;

import io.fjord.contract.Problem;

/** Every no a user command can meet. */
final class UserProblems {

    private UserProblems() {}

    static Problem notFound(String id) {
        return Problem.of(
                "user-not-found",
                404,
                "No such user",
                "There is no user with the id '" + id + "'. 'GET /api/v1/users' lists those there are.");
    }

    static Problem alreadyRegistered(String id) {
        return Problem.of(
                "user-already-registered",
                409,
                "User is registered already",
                "'" + id + "' is registered, with other data. Change it with 'PUT /api/v1/users/" + id
                        + "'; another person needs another id.");
    }

    static Problem archived(String id) {
        return Problem.of(
                "user-archived",
                409,
                "User is archived for ever",
                "'" + id + "' has left; what was done under that id stays theirs, so nobody gets it again. Register the"
                        + " person under another id.");
    }

    static Problem reserved(String id) {
        return Problem.of(
                "actor-reserved",
                409,
                "This id is the platform's own",
                "'" + id + "' stands for a part of Fjord itself. Choose another id.");
    }

    static Problem notArchived(String id) {
        return Problem.of(
                "user-not-archived",
                409,
                "User is still here",
                "'" + id + "' is still a user, and who is here cannot be forgotten. Archive them first with"
                        + " 'POST /api/v1/users/" + id + "/archive', which also hands over what is theirs.");
    }

    static Problem notConfirmed(String id) {
        return Problem.of(
                "forgetting-not-confirmed",
                422,
                "Forgetting was not confirmed",
                "Nothing brings back what was known of '" + id + "'. Repeat with {\"confirm\": \"" + id
                        + "\"} if that is wanted.");
    }

    /** Without the name: the problem is kept where the name's owner, once forgotten, is not to be found. */
    static Problem userNameTaken(String by) {
        return Problem.of(
                "user-name-taken",
                409,
                "Another user has that name",
                "That user name is the one of the user '" + by
                        + "'; upper and lower case count as the same. Choose another one.");
    }
}
