package io.jettylb.config;

/**
 * A range of HTTP statuses.
 *
 * @param from the first, 100 to 599
 * @param to the last, not below the first
 */
public record StatusRange(int from, int to) {

    /**
     * Whether a status is in the range.
     *
     * @param status any
     * @return true from the first to the last
     */
    public boolean contains(int status) {
        return from <= status && status <= to;
    }
}
