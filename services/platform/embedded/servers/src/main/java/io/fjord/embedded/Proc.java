package io.fjord.embedded;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the kernel tells about a process; nothing, when it is gone or not ours. */
public final class Proc {

    private Proc() {}

    static List<String> environment(long pid) {
        try {
            var text = new String(Files.readAllBytes(Path.of("/proc/" + pid + "/environ")), StandardCharsets.UTF_8);
            return List.of(text.split("\0"));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** Memory in bytes, shared pages counted by share, so that the sum over processes is right. */
    public static long memory(long pid) {
        try {
            for (var line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
                if (line.startsWith("Pss:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) * 1024;
                }
            }
        } catch (IOException e) {
            return 0;
        }
        return 0;
    }
}
