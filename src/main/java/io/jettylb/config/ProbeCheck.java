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
 * @param drainOn404 whether a 404 of an upstream that is up means that it wants no new clients
 */
public record ProbeCheck(
        ProbeType type,
        String scheme,
        int port,
        ProbeRequest request,
        ProbeExpectation expectation,
        String service,
        boolean stateHeader,
        boolean drainOn404) {

    /**
     * One that takes a 404 for a failure.
     *
     * @param type see above
     * @param scheme see above
     * @param port see above
     * @param request see above
     * @param expectation see above
     * @param service see above
     * @param stateHeader see above
     */
    public ProbeCheck(
            ProbeType type,
            String scheme,
            int port,
            ProbeRequest request,
            ProbeExpectation expectation,
            String service,
            boolean stateHeader) {
        this(type, scheme, port, request, expectation, service, stateHeader, false);
    }

    /** A GET at the upstream's own address, judged by the status. */
    public static final ProbeCheck PLAIN =
            new ProbeCheck(ProbeType.HTTP, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", false, false);

    /**
     * One that asks for nothing but its type says.
     *
     * @param type what it does
     * @return the check
     */
    public static ProbeCheck of(ProbeType type) {
        return new ProbeCheck(type, null, 0, ProbeRequest.GET, ProbeExpectation.STATUS, "", false, false);
    }
}
