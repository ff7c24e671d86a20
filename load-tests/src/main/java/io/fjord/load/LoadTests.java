package io.fjord.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs scenarios against a Fjord of their own, prints a table of each and keeps it as JSON. */
public final class LoadTests {

    private static final List<Scenario> ALL = List.of(
            new BatchedDecisions(),
            new AcceptedCommands(),
            new RelayedEvents(),
            new GroupCommits(),
            new AccessDecisions(),
            new VisibleClusters(),
            new GuardedCommands(),
            new Revocations(),
            new DriverRevocations(),
            new Deprovisioning(),
            new IcebergCatalog(),
            new TableLists(),
            new CommitToSearch(),
            new LineageHops(),
            new AuditLog(),
            new Webhooks(),
            new EventApi(),
            new Pipelines(),
            new Footprint());

    private LoadTests() {}

    public static void main(String[] names) throws Exception {
        List<Scenario> chosen = chosen(List.of(names));
        Path root = Path.of(System.getenv().getOrDefault("FJORD_ROOT", ".")).toAbsolutePath();
        LocalPlatform platform = new LocalPlatform(root);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> down(platform)));
        boolean failed = false;
        for (Scenario scenario : chosen) {
            System.err.println(scenario.name() + " …");
            String before = Machine.load();
            try {
                // What one leaves behind, a journal of a million events, would slow down the next.
                platform.clean();
                Result result = scenario.run(platform);
                keep(root, platform, scenario, result, before);
                System.out.println(result.table());
            } catch (Exception e) {
                failed = true;
                e.printStackTrace();
            }
        }
        System.exit(failed ? 1 : 0);
    }

    private static List<Scenario> chosen(List<String> names) {
        List<Scenario> chosen = new ArrayList<>();
        for (Scenario scenario : ALL) {
            if (names.isEmpty() || names.contains(scenario.name())) {
                chosen.add(scenario);
            }
        }
        List<String> known = ALL.stream().map(Scenario::name).toList();
        if (!known.containsAll(names)) {
            System.err.println("Usage: load-tests/run [SCENARIO…]; scenarios are " + String.join(", ", known));
            System.exit(2);
        }
        return chosen;
    }

    private static void down(LocalPlatform platform) {
        try {
            platform.close();
        } catch (Exception e) {
            System.err.println("Ending Fjord failed: " + e.getMessage());
        }
    }

    private static void keep(Path root, LocalPlatform platform, Scenario scenario, Result result, String before)
            throws Exception {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("scenario", scenario.name());
        LocalDate date = LocalDate.now(ZoneOffset.UTC);
        all.put("date", date.toString());
        all.put("machine", Machine.facts(platform.home()));
        all.put("loadBefore", before);
        all.put("loadAfter", Machine.load());
        all.putAll(result.asMap());
        Path folder = Files.createDirectories(root.resolve("load-tests/results"));
        Files.writeString(
                folder.resolve(date + "-" + scenario.name() + ".json"),
                new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValueAsString(all) + "\n");
    }
}
