package io.fjord.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One process, not whoever got its number later.
 *
 * @param startTicks when it started, in clock ticks since boot
 * @param boot the boot it belongs to
 */
public record ProcessIdentity(long pid, long startTicks, String boot) {

    /** The process that has this id now, unless it has ended. */
    public static Optional<ProcessIdentity> of(long pid) {
        var fields = stat(pid);
        if (fields == null || hasEnded(fields)) {
            return Optional.empty();
        }
        return Optional.of(new ProcessIdentity(pid, Long.parseLong(fields[19]), currentBoot()));
    }

    public boolean isAlive() {
        return of(pid).filter(this::equals).isPresent();
    }

    /**
     * A zombie has ended, only its parent has not noticed; unless other threads of it still run, and hold its ports. Of
     * stat(5), field 3 is the state, field 20 the number of threads, field 22 the start.
     */
    private static boolean hasEnded(String[] fields) {
        return fields[0].equals("X") || (fields[0].equals("Z") && Integer.parseInt(fields[17]) <= 1);
    }

    private static String @Nullable [] stat(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // The command name stands in parentheses and may hold anything.
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        } catch (IOException e) {
            return null;
        }
    }

    private static String currentBoot() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
