package io.fjord.runtime.hive;

import io.fjord.runtime.CallerRefused;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.hive.service.rpc.thrift.TStatusCode;

/** A HiveServer2 call that is answered with a no: its status, SQLSTATE and words. */
final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final TStatusCode code;
    private final String sqlState;

    private Refused(TStatusCode code, String sqlState, String message) {
        super(message, null, false, false);
        this.code = code;
        this.sqlState = sqlState;
    }

    static Refused error(String sqlState, String message) {
        return new Refused(TStatusCode.ERROR_STATUS, sqlState, message);
    }

    static Refused of(CallerRefused refused) {
        // "Insufficient privilege", in the words of SQL.
        return error("42501", refused.words());
    }

    static Refused unknownHandle(String message) {
        return new Refused(TStatusCode.INVALID_HANDLE_STATUS, "HY000", message);
    }

    TStatus status() {
        var status = new TStatus(code);
        status.setSqlState(sqlState);
        status.setErrorMessage(getMessage());
        return status;
    }
}
