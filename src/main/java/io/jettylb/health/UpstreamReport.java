package io.jettylb.health;

/**
 * What an upstream says about itself, in one response or one answer to a probe. Immutable.
 *
 * @param share the share that it wants, relative to its weight, 0 to 10; NaN if it did not say
 * @param inFlight the requests that it is serving, 0 or more; -1 if it did not say
 * @param orca its figures, or null
 * @param agent what its agent said, as text that may be anything; null if nobody listens to agents
 */
public record UpstreamReport(double share, int inFlight, OrcaReport orca, String agent) {

    /** Whether it says anything. */
    public boolean empty() {
        return Double.isNaN(share) && inFlight < 0 && orca == null && agent == null;
    }

    /**
     * Reads a share: a number of 0 to 1000, in percent of the weight.
     *
     * @param value the value of the field, whatever it is
     * @return 0 to 10; NaN if it is no such number
     */
    public static double share(String value) {
        double number = OrcaReport.number(value.strip());
        return number >= 0 && number <= 1000 ? number / 100 : Double.NaN;
    }

    /**
     * Reads a number of requests.
     *
     * @param value the value of the field, whatever it is
     * @return 0 or more; -1 if it is no such number
     */
    public static int inFlight(String value) {
        double number = OrcaReport.number(value.strip());
        return number >= 0 && number <= Integer.MAX_VALUE && number == Math.rint(number) ? (int) number : -1;
    }
}
