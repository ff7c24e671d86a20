package io.fjord.catalog.asset;

import io.fjord.contract.Address;
import io.fjord.contract.Problem;
import io.fjord.contract.catalog.asset.Notes.Request;

/** Every no that is said about an entry of the data catalog. */
public final class AssetProblems {

    private AssetProblems() {}

    public static Problem notFound(Address asset) {
        return Problem.of(
                "asset-not-found",
                404,
                "No such asset",
                "There is no '" + asset.name() + "' in domain '" + asset.domain()
                        + "'. GET /api/v1/assets lists what there is; of what was just created the catalog knows a moment"
                        + " later.");
    }

    static Problem tooMany(String what, int most) {
        return Problem.of(
                "asset-full",
                409,
                "Too much is said of it already",
                "It can have " + most + " " + what + ". Take some away first.");
    }

    static Problem requestedAlready(Request request) {
        return Problem.of(
                "classification-requested-already",
                409,
                "It is asked for already",
                "'" + request.classification() + "' was asked for by " + request.by() + ": see request " + request.id()
                        + ".");
    }

    static Problem noSuchRequest(Address asset, String id) {
        return Problem.of(
                "classification-request-not-found",
                404,
                "No such request",
                "There is no open request " + id + " at '" + asset.name()
                        + "'. Read the asset: its requests that are not decided stand there.");
    }

    static Problem ownRequest(Request request) {
        return Problem.of(
                "classification-own-request",
                409,
                "Somebody else has to decide",
                "You asked for '" + request.classification()
                        + "' yourself. Somebody else has to review and approve it; you can withdraw it.");
    }

    static Problem notReviewed(Request request) {
        return Problem.of(
                "classification-not-reviewed",
                409,
                "Nobody has reviewed it",
                "'" + request.classification() + "' is approved after a review: POST …/classification-requests/"
                        + request.id() + "/review first.");
    }

    static Problem notYours(Request request) {
        return Problem.of(
                "classification-request-not-yours",
                409,
                "It is not your request",
                request.by() + " asked for '" + request.classification()
                        + "' and alone can withdraw it. Reject it instead.");
    }

    static Problem notClassified(Address asset, String classification) {
        return Problem.of(
                "asset-not-classified",
                404,
                "Not classified so",
                "'" + asset.name() + "' is not classified as '" + classification
                        + "'. Read the asset: its classifications stand there.");
    }

    static Problem noSuchTerm(String domain, String term) {
        return Problem.of(
                "term-not-found",
                404,
                "No such term",
                "There is no term '" + term + "' in the glossary of domain '" + domain
                        + "'. List them at /api/v1/terms, or create it.");
    }
}
