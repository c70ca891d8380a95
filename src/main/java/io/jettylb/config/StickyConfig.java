package io.jettylb.config;

import java.time.Duration;

/**
 * How clients are kept with the upstream that served them first.
 *
 * @param cookie the cookie's name
 * @param secret what tokens are signed with; null: a random one for each start, so that a restart or a second server
 *     forgets all assignments
 * @param maxIdle after how long without a request an assignment is forgotten; zero: never
 * @param maxLife after how long it is forgotten in any case; zero: never
 * @param fallback what happens to a client whose upstream is not eligible
 */
public record StickyConfig(String cookie, String secret, Duration maxIdle, Duration maxLife, Fallback fallback) {

    /** What happens to a client whose upstream is not eligible. */
    public enum Fallback {
        /** It gets another one, and keeps that. */
        REBALANCE,
        /** It gets 503 until its own is back: for state that must not be started anew elsewhere. */
        FAIL
    }

    @Override
    public String toString() {
        // The secret must not reach a log by accident.
        return "StickyConfig[cookie=" + cookie + ", maxIdle=" + maxIdle + ", maxLife=" + maxLife + ", fallback="
                + fallback + "]";
    }
}
