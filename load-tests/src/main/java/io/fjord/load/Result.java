package io.fjord.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What a scenario found out: every round, and goals held against the median of the rounds. */
final class Result {

    private final String title;
    private final List<Map<String, Double>> rounds = new ArrayList<>();
    private final List<Goal> goals = new ArrayList<>();
    private final List<String> verified = new ArrayList<>();

    /** @param atLeast whether the figure has to reach the limit, or to stay below it */
    record Goal(String figure, boolean atLeast, double limit, double median, boolean met) {}

    Result(String title) {
        this.title = title;
    }

    void round(Map<String, Double> figures) {
        rounds.add(new LinkedHashMap<>(figures));
        System.out.println("  round " + rounds.size() + ": " + figures);
    }

    void atLeast(String figure, double limit) {
        double median = median(figure);
        goals.add(new Goal(figure, true, limit, median, median >= limit));
    }

    void atMost(String figure, double limit) {
        double median = median(figure);
        goals.add(new Goal(figure, false, limit, median, median <= limit));
    }

    /** Said of something that was checked and held; what does not hold is an exception. */
    void verified(String what) {
        verified.add(what);
    }

    double median(String figure) {
        double[] all = rounds.stream()
                .mapToDouble(round -> figure(round, figure))
                .sorted()
                .toArray();
        int middle = all.length / 2;
        return all.length % 2 == 1 ? all[middle] : (all[middle - 1] + all[middle]) / 2;
    }

    private static double figure(Map<String, Double> round, String name) {
        return Objects.requireNonNull(round.get(name), name);
    }

    Map<String, Object> asMap() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("title", title);
        all.put("goals", goals);
        all.put("rounds", rounds);
        Map<String, Double> medians = new LinkedHashMap<>();
        rounds.get(0).keySet().forEach(figure -> medians.put(figure, median(figure)));
        all.put("medians", medians);
        all.put("verified", verified);
        return all;
    }

    String table() {
        StringBuilder text = new StringBuilder("\n" + title + "\n");
        text.append(String.format("  %-44s", "")).append(" ".repeat(4));
        for (int i = 1; i <= rounds.size(); i++) {
            text.append(String.format("%10s", "round " + i));
        }
        text.append(String.format("%10s%n", "median"));
        for (String figure : rounds.get(0).keySet()) {
            text.append(String.format("  %-48s", figure));
            rounds.forEach(round -> text.append(String.format("%10s", shown(figure(round, figure)))));
            text.append(String.format("%10s%n", shown(median(figure))));
        }
        for (Goal goal : goals) {
            text.append(String.format(
                    "  %s: %s %s %s, is %s%n",
                    goal.met ? "MET   " : "MISSED",
                    goal.figure,
                    goal.atLeast ? "at least" : "at most",
                    shown(goal.limit),
                    shown(goal.median)));
        }
        verified.forEach(what -> text.append("  verified: ").append(what).append('\n'));
        return text.toString();
    }

    private static String shown(double value) {
        return Math.abs(value) >= 100 ? String.format("%.0f", value) : String.format("%.2f", value);
    }

    static double percentile(double percentile, long... nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        int at = (int) Math.ceil(percentile / 100 * sorted.length) - 1;
        return sorted[Math.max(0, at)] / 1e6;
    }
}
