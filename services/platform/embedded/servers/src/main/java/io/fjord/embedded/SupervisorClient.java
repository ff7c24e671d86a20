package io.fjord.embedded;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Talks to the supervisor of a home. */
public final class SupervisorClient {

    private final Home home;
    private final RunFile supervisor;

    private SupervisorClient(Home home, RunFile supervisor) {
        this.home = home;
        this.supervisor = supervisor;
    }

    /** The supervisor that runs this home now, if one does. */
    public static Optional<SupervisorClient> of(Home home) {
        return RunFile.read(home, Supervisor.NAME)
                .filter(file -> file.process().isAlive())
                .map(file -> new SupervisorClient(home, file));
    }

    public long pid() {
        return supervisor.process().pid();
    }

    public boolean isAlive() {
        return supervisor.process().isAlive();
    }

    /** Its status as JSON: {@code {pid, since, memory, ready, processes: […], drivers: […]}}. */
    public String status() throws IOException {
        return send("GET", "/status");
    }

    /** The part of the status that is cheap: {@code {ready, processes: […]}}. */
    public String progress() throws IOException {
        return send("GET", "/progress");
    }

    /** Asks it to take everything down and to end; it has ended when {@link #isAlive} is false. */
    public void stop() throws IOException {
        send("POST", "/stop");
    }

    /** Asks it to stop one server and to start it again. */
    public void restart(String name) throws IOException {
        send("POST", "/restart/" + name);
    }

    /** Ends it the hard way; its servers die with it. */
    public void kill() {
        Children.end(supervisor.process(), "KILL", Duration.ofSeconds(5));
    }

    private String send(String method, String path) throws IOException {
        var answer =
                LocalHttp.ask(method, supervisor.port(), path, home.secret("supervisor-token"), Duration.ofSeconds(30));
        if (answer.status() == 404) {
            throw new ServerFailed("The supervisor knows nothing called " + path.replaceFirst(".*/", "") + ".");
        }
        if (answer.status() >= 300) {
            throw new IOException("The supervisor answered " + answer.status());
        }
        return answer.body();
    }
}
