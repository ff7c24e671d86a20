package io.fjord.catalog.iceberg;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.fjord.platform.http.ProblemException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.ForbiddenException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.exceptions.NoSuchWarehouseException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.exceptions.ServiceUnavailableException;
import org.apache.iceberg.exceptions.UnprocessableEntityException;
import org.apache.iceberg.exceptions.ValidationException;

/** Failures as Iceberg's REST specification wants them told: status and type say to the client which exception it is. */
final class IcebergErrors {

    private static final Map<Class<? extends Exception>, Integer> STATUS = new LinkedHashMap<>();

    static {
        STATUS.put(NoSuchNamespaceException.class, 404);
        STATUS.put(NoSuchTableException.class, 404);
        STATUS.put(NoSuchViewException.class, 404);
        STATUS.put(NoSuchWarehouseException.class, 404);
        STATUS.put(NotFoundException.class, 404);
        STATUS.put(NamespaceNotEmptyException.class, 409);
        STATUS.put(AlreadyExistsException.class, 409);
        STATUS.put(CommitFailedException.class, 409);
        STATUS.put(ForbiddenException.class, 403);
        STATUS.put(UnprocessableEntityException.class, 422);
        STATUS.put(ValidationException.class, 400);
        STATUS.put(BadRequestException.class, 400);
        STATUS.put(IllegalArgumentException.class, 400);
        STATUS.put(UnsupportedOperationException.class, 406);
        STATUS.put(CommitStateUnknownException.class, 500);
        STATUS.put(ServiceUnavailableException.class, 503);
    }

    private IcebergErrors() {}

    /** The JSON of an error reply, and its status. */
    record IcebergError(int status, Map<String, Object> json) {}

    static IcebergError of(Throwable failure) {
        if (failure instanceof JsonProcessingException e) {
            return of(400, "BadRequestException", "The body cannot be read: " + e.getOriginalMessage());
        }
        if (failure instanceof ProblemException refused) {
            return of(
                    refused.problem().status(),
                    "ForbiddenException",
                    refused.problem().detail());
        }
        for (var known : STATUS.entrySet()) {
            if (known.getKey().isInstance(failure)) {
                return of(known.getValue(), known.getKey().getSimpleName(), message(failure));
            }
        }
        return of(500, "InternalServerError", "Something broke in the catalog. Try again; its log says more");
    }

    static IcebergError of(int status, String type, String message) {
        return new IcebergError(status, Map.of("error", Map.of("message", message, "type", type, "code", status)));
    }

    private static String message(Throwable failure) {
        if (failure instanceof CommitStateUnknownException) {
            return "It is not known whether the commit was made: the metastore did not answer in time."
                    + " Load the table again and look, before you repeat it or delete any file";
        }
        String message = failure.getMessage();
        return message == null ? "The request cannot be carried out" : message;
    }
}
