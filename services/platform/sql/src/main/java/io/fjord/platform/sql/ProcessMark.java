package io.fjord.platform.sql;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * What tells a process from any other, on Linux: boot of the machine, user, namespace of process ids, id, start. Whoever shares
 * the first three sees in {@code /proc} whether it lives (proc(5); a user sees their own even with {@code hidepid}).
 */
final class ProcessMark {

    private static final String OWN = of(ProcessHandle.current().pid());

    private ProcessMark() {}

    /** That of this process; empty where it cannot be told. */
    static String own() {
        return OWN;
    }

    /** That of a process this one sees. */
    static String of(long pid) {
        try {
            return around() + ' ' + pid + ' ' + stat(pid)[19];
        } catch (IOException notLinux) {
            return "";
        }
    }

    /** Whether that process has ended; false as well of one that cannot be seen from here. */
    static boolean isDead(String mark) {
        try {
            String around = around() + ' ';
            if (!mark.startsWith(around)) {
                return false;
            }
            String[] process = mark.substring(around.length()).split(" ", -1);
            String[] now = stat(Long.parseLong(process[0]));
            return hasEnded(now) || !now[19].equals(process[1]);
        } catch (NoSuchFileException gone) {
            return !OWN.isEmpty();
        } catch (IOException | RuntimeException unknown) {
            return false;
        }
    }

    private static String around() throws IOException {
        return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
                + ' '
                + Files.getAttribute(Path.of("/proc/self"), "unix:uid")
                + ' '
                + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
    }

    /**
     * Of proc_pid_stat(5) from the third field on, the state: the second, its name, may hold anything. The 20th is the number of
     * its threads, the 22nd when it started, in clock ticks since the boot.
     */
    private static String[] stat(long pid) throws IOException {
        byte[] stat = Files.readAllBytes(Path.of("/proc/" + pid + "/stat"));
        String text = new String(stat, StandardCharsets.ISO_8859_1);
        return text.substring(text.lastIndexOf(')') + 2).split(" ", -1);
    }

    /** A zombie has ended, only its parent has not asked; unless other threads of it still run. */
    private static boolean hasEnded(String[] stat) {
        return stat[0].equals("X") || (stat[0].equals("Z") && Integer.parseInt(stat[17]) <= 1);
    }
}
