package io.jettylb.config;

import java.util.List;

/**
 * What upstreams are told about the way of a request, and whose word about it is taken.
 *
 * @param xForwarded whether {@code X-Forwarded-For}, {@code -Proto}, {@code -Host} and {@code -Port} are written
 * @param rfc7239 whether {@code Forwarded} (RFC 7239) is written
 * @param trustedProxies the peers whose fields of both families are kept and appended to; those of all others are
 *     dropped
 * @param prefer which family counts where a trusted proxy sends both and they contradict each other
 * @param requestId the name of the field with the id of a request; null: there is none
 * @param via the pseudonym of this hop in {@code Via}; null: the field is not added to
 */
public record ForwardedConfig(
        boolean xForwarded,
        boolean rfc7239,
        List<AddressRange> trustedProxies,
        Family prefer,
        String requestId,
        String via) {

    /** The pseudonym unless another one is configured; many installations share it. */
    public static final String COMMON_VIA = "lb";

    /** The name of the field with the id of a request, unless another one is configured. */
    public static final String COMMON_REQUEST_ID = "X-Request-ID";

    /** The two ways to speak of the hops before. */
    public enum Family {
        /** {@code X-Forwarded-For} and its company: what most proxies write. */
        X_FORWARDED,
        /** {@code Forwarded}, as RFC 7239 has it. */
        RFC7239
    }

    /**
     * Nobody is trusted, and all else is the default.
     *
     * @param xForwarded whether {@code X-Forwarded-*} is written
     * @param rfc7239 whether {@code Forwarded} is written
     */
    public ForwardedConfig(boolean xForwarded, boolean rfc7239) {
        this(xForwarded, rfc7239, List.of(), Family.X_FORWARDED, COMMON_REQUEST_ID, COMMON_VIA);
    }
}
