package io.fjord.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorIT {

    private static final Duration LONG_ENOUGH = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    Home home;
    int databasePort;
    int storePort;
    List<Process> started = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        home = Homes.in(folder);
        databasePort = Homes.freePort();
        storePort = Homes.freePort();
        startSupervisor();
    }

    @AfterEach
    void end() {
        started.forEach(Process::destroyForcibly);
        Supervisor.sweep(home);
    }

    @Test
    void what_is_killed_comes_back() throws Exception {
        for (var name : List.of("postgres", "object-store", "control-plane")) {
            var before = RunFile.read(home, name).orElseThrow().process();

            Children.signal(before.pid(), "KILL");

            await().atMost(LONG_ENOUGH)
                    .until(() -> RunFile.read(home, name)
                            .map(RunFile::process)
                            .filter(now -> !now.equals(before) && now.isAlive())
                            .isPresent());
            awaitReady();
            assertThat(status()).containsPattern("\"name\":\"" + name + "\"[^}]*\"restarts\":1");
        }
    }

    @Test
    void a_second_supervisor_leaves_the_first_alone() throws Exception {
        var before = RunFile.read(home, "postgres").orElseThrow();

        var second = SupervisorProcess.start(home, databasePort, storePort);
        started.add(second);

        assertThat(second.waitFor()).isEqualTo(1);
        assertThat(Files.readString(home.log(Supervisor.NAME))).contains("Another supervisor runs");
        assertThat(RunFile.read(home, "postgres")).contains(before);
        assertThat(status()).contains("\"ready\":true");
    }

    @Test
    void a_killed_supervisor_leaves_nothing_but_drivers_and_the_next_one_finds_the_data() throws Exception {
        var driver = ControlPlaneProcess.drivers(
                        home,
                        RunFile.read(home, "control-plane")
                                .orElseThrow()
                                .process()
                                .pid())
                .get(0);

        started.get(0).destroyForcibly().waitFor();

        await().atMost(LONG_ENOUGH)
                .untilAsserted(() -> assertThat(processesOfHome()).isEmpty());
        assertThat(driver.isAlive()).isTrue();

        startSupervisor();
        assertThat(driver.isAlive()).isTrue();
    }

    @Test
    void a_stop_ends_everything_drivers_too() throws Exception {
        var driver = ControlPlaneProcess.drivers(
                        home,
                        RunFile.read(home, "control-plane")
                                .orElseThrow()
                                .process()
                                .pid())
                .get(0);

        SupervisorClient.of(home).orElseThrow().stop();

        assertThat(started.get(0).waitFor()).isZero();
        assertThat(processesOfHome()).isEmpty();
        assertThat(driver.isAlive()).isFalse();
        try (var left = Files.list(home.run())) {
            assertThat(left.filter(file -> file.toString().endsWith(".json"))).isEmpty();
        }
    }

    private void startSupervisor() throws IOException {
        started.add(SupervisorProcess.start(home, databasePort, storePort));
        awaitReady();
    }

    private void awaitReady() {
        await().atMost(LONG_ENOUGH).ignoreExceptions().until(() -> status().contains("\"ready\":true"));
    }

    private String status() throws IOException {
        return SupervisorClient.of(home).orElseThrow().status();
    }

    /** The servers name their folder in their command line; PostgreSQL's backends stand below their postmaster. */
    private Stream<Long> processesOfHome() {
        return ProcessHandle.allProcesses()
                .map(ProcessHandle::pid)
                .filter(pid -> pid != ProcessHandle.current().pid()
                        && ProcessIdentity.of(pid).isPresent())
                .filter(pid -> commandLine(pid).contains(home.root().toString())
                        || workingFolder(pid).startsWith(home.data()));
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/cmdline"));
        } catch (IOException e) {
            return "";
        }
    }

    private static Path workingFolder(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/" + pid + "/cwd"));
        } catch (IOException e) {
            return Path.of("/");
        }
    }
}
