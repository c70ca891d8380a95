package io.jettylb.health;

/**
 * What one probe found. Immutable.
 *
 * @param passed whether the upstream answered as expected and in time
 * @param drain whether it did not pass only because the upstream wants no new clients
 * @param cause what was wrong, for the log, in one line; null if it passed
 * @param report what the upstream said about itself; null if nothing, or if nobody listens
 */
public record ProbeResult(boolean passed, boolean drain, String cause, UpstreamReport report) {

    /** A probe that passed. */
    public static final ProbeResult PASSED = new ProbeResult(true, null);

    /**
     * A probe of an upstream that said nothing about itself.
     *
     * @param passed whether it answered as expected and in time
     * @param cause what was wrong, in one line; null if it passed
     */
    public ProbeResult(boolean passed, String cause) {
        this(passed, false, cause, null);
    }

    /**
     * A probe of an upstream that is well and wants no new clients.
     *
     * @param cause how it said so, in one line
     * @return the result
     */
    public static ProbeResult draining(String cause) {
        return new ProbeResult(false, true, cause, null);
    }

    /**
     * A probe that failed.
     *
     * @param cause what was wrong, in one line
     * @return the result
     */
    public static ProbeResult failed(String cause) {
        return new ProbeResult(false, cause);
    }

    /**
     * The same with what the upstream said about itself.
     *
     * @param said its report, or null
     * @return the result
     */
    public ProbeResult with(UpstreamReport said) {
        return said == null ? this : new ProbeResult(passed, drain, cause, said);
    }
}
