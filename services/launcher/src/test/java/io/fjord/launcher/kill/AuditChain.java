package io.fjord.launcher.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fjord.audit.log.Checkpoint;
import io.fjord.audit.log.LogSource;
import io.fjord.audit.log.LogVerifier;
import io.fjord.audit.log.NoteKey;
import io.fjord.audit.log.SignedNote;
import io.fjord.testing.TestServers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The log of the audit over many lives of the control plane: it stays the one it was, whichever of its checkpoints somebody saw. */
final class AuditChain implements LogSource {

    private static final String LOG = "/api/v1/audit/log/";

    private final KillablePlatform platform;
    private final HttpClient http = HttpClient.newHttpClient();
    private final List<SignedNote> seen = new ArrayList<>();

    AuditChain(KillablePlatform platform) {
        this.platform = platform;
    }

    /** Whoever reads the object store has this now. */
    void look() {
        try (Stream<Path> logs = Files.list(TestServers.objectStore().folder().resolve("lakehouse/_audit"))) {
            for (Path log : logs.toList()) {
                Path checkpoint = log.resolve(CHECKPOINT);
                if (Files.exists(checkpoint)) {
                    seen.add(SignedNote.parse(Files.readString(checkpoint)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that is recorded is under one checkpoint, and each that was seen is of the same log. */
    void isOneAndWhole() {
        long last = platform.read("/api/v1/audit/events?pageSize=1")
                .at("/items/0/seq")
                .asLong();
        await("all entries are sealed")
                .atMost(KillablePlatform.PATIENCE)
                .pollInSameThread()
                .until(() -> platform.read("/api/v1/audit/log").path("size").asLong() >= last);
        NoteKey key = NoteKey.parse(new String(Objects.requireNonNull(bytes("key")), StandardCharsets.UTF_8));
        List<Checkpoint> ours = new ArrayList<>();
        // Other tests of this JVM have their logs there too.
        for (SignedNote note : seen) {
            if (note.isSignedBy(key)) {
                ours.add(Checkpoint.parse(note.text()));
            }
        }
        assertThat(ours).as("checkpoints that were seen").isNotEmpty();
        try {
            assertThat(new LogVerifier(this, key).verify().findings()).isEmpty();
            for (Checkpoint then : ours) {
                assertThat(new LogVerifier(this, key).since(then).verify().findings())
                        .as("since " + then)
                        .isEmpty();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public byte @Nullable [] read(String path) {
        return bytes(path);
    }

    private byte @Nullable [] bytes(String path) {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + platform.plane().port() + LOG + path))
                .header("Authorization", "Bearer " + platform.plane().token())
                .build();
        try {
            var answer = http.send(request, BodyHandlers.ofByteArray());
            return answer.statusCode() == 200 ? answer.body() : null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
