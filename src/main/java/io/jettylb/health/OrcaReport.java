package io.jettylb.health;

import java.util.HashMap;
import java.util.Map;

/**
 * What an upstream says about its load in ORCA's words (Open Request Cost Aggregation, {@code endpoint-load-metrics}).
 * Immutable.
 *
 * @param utilization the used part of its capacity, 0 or more: the application's own figure, else that of the CPU; NaN if
 *     it did not say
 * @param requestRate requests a second that it serves, 0 or more; NaN if it did not say
 * @param errorRate failed requests a second, 0 or more; NaN if it did not say
 */
public record OrcaReport(double utilization, double requestRate, double errorRate) {

    /** Characters; what is longer is none. */
    static final int MAX_LENGTH = 8192;
    /** Beyond these a figure is an upstream's mistake, and would spoil the shares of all others. */
    private static final double LEAST_CAPACITY = 1e-6;

    private static final double MOST_CAPACITY = 1e12;

    /**
     * Reads a field's value: {@code TEXT cpu_utilization=0.3, rps_fractional=100} or {@code JSON {"cpu_utilization": 0.3}}.
     * Without the word in front, a brace tells. Names may be in either of the spellings of protocol buffers.
     *
     * @param value the value of the field, whatever it is
     * @return the report, or null if this is none
     */
    public static OrcaReport parse(String value) {
        if (value == null || value.length() > MAX_LENGTH) {
            return null;
        }
        String text = value.strip();
        Map<String, Double> figures;
        if (text.startsWith("JSON ") || text.startsWith("{")) {
            figures = new JsonNumbers(text.substring(text.startsWith("{") ? 0 : 5)).read();
        } else {
            figures = pairs(text.startsWith("TEXT ") ? text.substring(5) : text);
        }
        return figures == null || figures.isEmpty() ? null : of(figures);
    }

    private static OrcaReport of(Map<String, Double> figures) {
        double application = figure(figures, "applicationutilization");
        double cpu = figure(figures, "cpuutilization");
        double rate = figure(figures, "rpsfractional");
        // A zero is what protocol buffers make of "not said".
        return new OrcaReport(
                application > 0 ? application : cpu, rate > 0 ? rate : figure(figures, "rps"), figure(figures, "eps"));
    }

    /** A figure that may be one: neither negative nor infinite. */
    private static double figure(Map<String, Double> figures, String name) {
        double figure = figures.getOrDefault(name, Double.NaN);
        return figure >= 0 && figure <= 1e12 ? figure : Double.NaN;
    }

    private static Map<String, Double> pairs(String text) {
        Map<String, Double> figures = new HashMap<>();
        for (String pair : text.split(",")) {
            int equals = pair.indexOf('=');
            if (equals <= 0) {
                return null;
            }
            double number = number(pair.substring(equals + 1).strip());
            if (Double.isNaN(number)) {
                return null;
            }
            figures.put(spelling(pair.substring(0, equals).strip()), number);
        }
        return figures;
    }

    /** A decimal number; NaN if it is none. */
    static double number(String text) {
        if (text.isEmpty() || text.length() > 40 || !text.chars().allMatch(OrcaReport::isOfNumber)) {
            return Double.NaN;
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException none) {
            return Double.NaN;
        }
    }

    static boolean isOfNumber(int c) {
        return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
    }

    /** One spelling for {@code cpu_utilization} and {@code cpuUtilization}. */
    static String spelling(String name) {
        StringBuilder spelled = new StringBuilder(name.length());
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c != '_') {
                spelled.append(c >= 'A' && c <= 'Z' ? (char) (c + 32) : c);
            }
        }
        return spelled.toString();
    }

    /**
     * How much the upstream could take, by gRFC A58: its requests a second divided by its utilization, to which errors
     * add, so that one that fails fast does not look strong. {@code rate / (utilization + errors / rate * penalty)}.
     *
     * @param penalty how much errors count, 0 or more
     * @return requests a second at full utilization, 1e-6 to 1e12; NaN if too little was said, or nothing that can be
     */
    public double capacity(double penalty) {
        if (!(requestRate > 0) || !(utilization > 0)) {
            return Double.NaN;
        }
        double failing = errorRate > 0 && penalty > 0 ? errorRate / requestRate * penalty : 0;
        double capacity = requestRate / (utilization + failing);
        return capacity >= LEAST_CAPACITY && capacity <= MOST_CAPACITY ? capacity : Double.NaN;
    }
}
