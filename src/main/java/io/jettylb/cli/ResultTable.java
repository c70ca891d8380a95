package io.jettylb.cli;

import io.jettylb.sim.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Results as text: tables that are readable as they are and in Markdown, or comma-separated values. */
final class ResultTable {

    static final String CSV_HEAD = "scenario,upstreams,balancers,rate,seconds,seed,strategy,requests,mean_ms,p50_ms,"
            + "p99_ms,p999_ms,worst_share,max_in_flight,errors,keys_moved";

    private static final List<String> HEAD = List.of(
            "strategy", "p50 ms", "p99 ms", "p99.9 ms", "worst share", "max in flight", "errors %", "keys moved %");

    private ResultTable() {}

    /** One experiment: a line for each strategy. */
    static List<String> full(List<Result> results) {
        List<List<String>> rows = new ArrayList<>(List.of(HEAD));
        for (Result result : results) {
            rows.add(List.of(
                    result.strategy(),
                    millis(result.latencyMillis(0.5)),
                    millis(result.latencyMillis(0.99)),
                    millis(result.latencyMillis(0.999)),
                    format("%.2f", result.worstShare()),
                    String.valueOf(result.maxInFlight()),
                    percent(result.errors()),
                    percent(result.keysMoved())));
        }
        return lines(rows);
    }

    /** Many experiments: a column of {@link #cells} for each. */
    static List<String> overview(List<String> strategies, List<String> scenarios, List<List<String>> columns) {
        List<String> head = new ArrayList<>(List.of("p99 ms (errors)"));
        head.addAll(scenarios);
        List<List<String>> rows = new ArrayList<>(List.of(head));
        for (int i = 0; i < strategies.size(); i++) {
            List<String> row = new ArrayList<>(List.of(strategies.get(i)));
            for (List<String> column : columns) {
                row.add(column.get(i));
            }
            rows.add(row);
        }
        return lines(rows);
    }

    /** One experiment in short: the 99th percentile of each strategy, and the errors where there are some. */
    static List<String> cells(List<Result> results) {
        return results.stream()
                .map(result -> millis(result.latencyMillis(0.99))
                        + (result.failed() == 0 ? "" : " (" + percent(result.errors()) + " %)"))
                .toList();
    }

    static String csv(String experiment, Result result) {
        return format(
                "%s,%s,%d,%.3f,%.3f,%.3f,%.3f,%.3f,%d,%.6f,%s",
                experiment,
                result.strategy(),
                result.requests(),
                result.meanMillis(),
                result.latencyMillis(0.5),
                result.latencyMillis(0.99),
                result.latencyMillis(0.999),
                result.worstShare(),
                result.maxInFlight(),
                result.errors(),
                Double.isNaN(result.keysMoved()) ? "" : format("%.6f", result.keysMoved()));
    }

    private static List<String> lines(List<List<String>> rows) {
        int[] widths = new int[rows.get(0).size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder("|");
            for (int i = 0; i < widths.length; i++) {
                String padding = " ".repeat(widths[i] - row.get(i).length());
                line.append(' ')
                        .append(i == 0 ? row.get(i) + padding : padding + row.get(i))
                        .append(" |");
            }
            lines.add(line.toString());
        }
        StringBuilder rule = new StringBuilder("|");
        for (int i = 0; i < widths.length; i++) {
            rule.append("-".repeat(widths[i] + 1)).append(i == 0 ? "-|" : ":|");
        }
        lines.add(1, rule.toString());
        return lines;
    }

    /** Three digits that count. */
    private static String millis(double millis) {
        if (Double.isNaN(millis)) {
            return "-";
        }
        return format(millis < 10 ? "%.2f" : millis < 100 ? "%.1f" : "%.0f", millis);
    }

    private static String percent(double part) {
        if (Double.isNaN(part)) {
            return "-";
        }
        if (part > 0 && part < 1e-5) {
            return "<0.001";
        }
        return part == 0 ? "0" : format(part < 0.001 ? "%.3f" : part < 0.01 ? "%.2f" : "%.1f", part * 100);
    }

    private static String format(String format, Object... args) {
        return String.format(Locale.ROOT, format, args);
    }
}
