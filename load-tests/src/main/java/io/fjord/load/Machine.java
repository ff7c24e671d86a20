package io.fjord.load;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The facts without which no figure means anything. */
final class Machine {

    private Machine() {}

    static Map<String, Object> facts(Path data) throws IOException {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("cpu", field("/proc/cpuinfo", "model name"));
        facts.put("cores", Runtime.getRuntime().availableProcessors());
        facts.put("memory", field("/proc/meminfo", "MemTotal"));
        facts.put(
                "kernel",
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
        FileStore disk = Files.getFileStore(data);
        facts.put("disk", disk.name() + " (" + disk.type() + ")");
        facts.put("java", System.getProperty("java.vm.version"));
        return facts;
    }

    /** Of the last minute, five and fifteen. */
    static String load() throws IOException {
        String[] all = Files.readString(Path.of("/proc/loadavg")).split(" ");
        return all[0] + " " + all[1] + " " + all[2];
    }

    /** Resident memory of a process in MiB. */
    static double resident(long pid) throws IOException {
        return Double.parseDouble(field("/proc/" + pid + "/status", "VmRSS").replace(" kB", "")) / 1024;
    }

    /** Processor time of a process so far, its own and the kernel's for it. */
    static double cpuSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        String[] after = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        // In ticks of a hundredth of a second on every Linux of these architectures.
        return (Long.parseLong(after[11]) + Long.parseLong(after[12])) / 100.0;
    }

    private static String field(String file, String name) throws IOException {
        for (String line : Files.readAllLines(Path.of(file))) {
            if (line.startsWith(name)) {
                return line.substring(line.indexOf(':') + 1).strip();
            }
        }
        return "unknown";
    }
}
