package io.jettylb.config;

/**
 * Something around the load balancer that would betray it.
 *
 * @param id a stable name in kebab case
 * @param text one line: what is wrong, and what to do about it
 */
public record Finding(String id, String text) {

    @Override
    public String toString() {
        return id + ": " + text;
    }
}
