package io.jettylb.health;

/**
 * What one probe found. Immutable.
 *
 * @param passed whether the upstream answered as expected and in time
 * @param cause what was wrong, for the log, in one line; null if it passed
 */
public record ProbeResult(boolean passed, String cause) {

    /** A probe that passed. */
    public static final ProbeResult PASSED = new ProbeResult(true, null);

    /**
     * A probe that failed.
     *
     * @param cause what was wrong, in one line
     * @return the result
     */
    public static ProbeResult failed(String cause) {
        return new ProbeResult(false, cause);
    }
}
