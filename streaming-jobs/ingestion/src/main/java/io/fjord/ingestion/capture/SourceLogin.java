package io.fjord.ingestion.capture;

import io.fjord.capture.DatabaseLogin;
import io.fjord.contract.core.pipeline.DatabaseSource;
import io.fjord.contract.core.pipeline.DatabaseTls;
import io.fjord.ingestion.CannotGoOn;
import java.io.IOException;
import java.net.InetAddress;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** How a source database is reached: where it may be reached at all, and what it means when it refuses. */
final class SourceLogin {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final DatabaseSource source;
    private final DatabaseLogin login;

    private SourceLogin(DatabaseSource source, DatabaseLogin login) {
        this.source = source;
        this.login = login;
    }

    static SourceLogin of(DatabaseSource source, String password, Reach reach) throws CannotGoOn, IOException {
        InetAddress address = reach.address(source.host());
        // A certificate is that of a name; it also makes sure that the name means what it says.
        boolean byName = source.tlsOrDefault() == DatabaseTls.VERIFY_FULL;
        return new SourceLogin(
                source,
                new DatabaseLogin(
                        source.kind(),
                        byName ? source.host() : address.getHostAddress(),
                        source.portOrDefault(),
                        source.database(),
                        source.user(),
                        password,
                        source.tlsOrDefault()));
    }

    Connection connect() throws CannotGoOn, IOException {
        try {
            return login.connect("fjord-pipeline", PATIENCE);
        } catch (SQLException e) {
            throw refused(e);
        }
    }

    private IOException refused(SQLException e) throws CannotGoOn {
        String state = String.valueOf(e.getSQLState());
        if (state.startsWith("28")) {
            throw new CannotGoOn("The database refuses the user '" + source.user()
                    + "': wrong password, or no right to connect from here. Rotate the secret '"
                    + source.password().secret() + "' or grant the right, then start the pipeline.");
        }
        if (state.equals("3D000") || e.getErrorCode() == 1049 || e.getErrorCode() == 1044) {
            throw new CannotGoOn("There is no database '" + source.database() + "' that the user '" + source.user()
                    + "' may use at " + source.host() + ".");
        }
        String untrusted = untrusted(source, e);
        if (untrusted != null) {
            return new IOException(untrusted);
        }
        return new IOException(
                "The database at " + source.host() + ":" + source.portOrDefault() + " cannot be reached: "
                        + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }

    /** Why a database is not believed to be who it says, or does not speak TLS; null if that is not what failed. */
    static @Nullable String untrusted(DatabaseSource source, @Nullable Throwable failure) {
        String why = null;
        for (Throwable cause = failure; cause != null && why == null; cause = cause.getCause()) {
            why = untrusted(cause);
        }
        return why == null
                ? null
                : "No encrypted connection to the database at " + source.host() + ":" + source.portOrDefault()
                        + " is made: " + why;
    }

    private static @Nullable String untrusted(Throwable cause) {
        if (cause instanceof CertPathBuilderException) {
            return "its certificate is signed by nobody who is trusted here. Have the platform's Java trust its authority.";
        }
        if (cause instanceof CertificateExpiredException) {
            return "its certificate has expired. Renew it.";
        }
        // The drivers have nothing better than words for these.
        String text = String.valueOf(cause.getMessage());
        if (cause instanceof SSLPeerUnverifiedException
                || text.contains("could not be verified by hostnameverifier")
                || text.contains("SSL hostname verification failed")
                || text.contains("identity was not confirmed")) {
            return "its certificate does not name that host. Give the host as the certificate names it.";
        }
        if (text.contains("does not support SSL") || text.contains("ssl not enabled in the server")) {
            return "it offers none. Switch TLS on there, or create the pipeline with tls disable.";
        }
        return null;
    }

    /**
     * An engine for all changes of its table.
     *
     * @param name of the engine, the slot and the publication
     * @param offset where to go on; null to read everything first
     */
    Properties engine(String name, @Nullable Map<String, Object> offset) {
        return login.changes(name, name, source.schema() + "\\." + source.table(), offset);
    }

    @Override
    public String toString() {
        return "SourceLogin[" + source.user() + "@" + source.host() + "]";
    }
}
