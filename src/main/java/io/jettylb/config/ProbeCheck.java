package io.jettylb.config;

/**
 * What a probe does, and what passes. What does not belong to the type has no effect.
 *
 * @param type what it does
 * @param scheme {@code http} or {@code https}; null: that of the upstream
 * @param port 1 to 65535; 0: that of the upstream
 * @param request what is sent
 * @param expectation what a response must have besides its status
 * @param service whose health a gRPC server is asked for; empty: its own
 * @param stateHeader whether the upstream is told how it is seen
 */
public record ProbeCheck(
        ProbeType type,
        String scheme,
        int port,
        ProbeRequest request,
        ProbeExpectation expectation,
        String service,
        boolean stateHeader) {

    /** A GET at the upstream's own address, judged by the status. */
    public static final ProbeCheck PLAIN =
            new ProbeCheck(ProbeType.HTTP, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", false);

    /**
     * One that asks for nothing but its type says.
     *
     * @param type what it does
     * @return the check
     */
    public static ProbeCheck of(ProbeType type) {
        return new ProbeCheck(type, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", false);
    }
}
