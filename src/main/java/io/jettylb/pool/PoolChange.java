package io.jettylb.pool;

/**
 * How the upstreams of a pool differ from before.
 *
 * @param joined how many are new
 * @param removed how many are no more in the configuration
 * @param changed how many have another weight, limit, tier or zone
 */
public record PoolChange(int joined, int removed, int changed) {

    @Override
    public String toString() {
        return "+" + joined + " -" + removed + " ~" + changed;
    }
}
