package io.jettylb.sim;

import java.util.random.RandomGenerator;

/** How the times differ that upstreams need for requests; each has the mean 1 before it is scaled. */
public enum ServiceTime {
    /** All alike. */
    CONSTANT("constant") {
        @Override
        double draw(RandomGenerator random) {
            return 1;
        }
    },
    /** Memoryless: what queueing theory calls M. */
    EXPONENTIAL("exponential") {
        @Override
        double draw(RandomGenerator random) {
            return -Math.log(1 - random.nextDouble());
        }
    },
    /** A few are much slower: sigma 1, so that one in a hundred takes six times the mean. */
    LOGNORMAL("lognormal") {
        @Override
        double draw(RandomGenerator random) {
            return Math.exp(random.nextGaussian() - 0.5);
        }
    },
    /** A heavy tail: alpha 2, so that the variance has no end. */
    PARETO("pareto") {
        @Override
        double draw(RandomGenerator random) {
            return 0.5 / Math.sqrt(1 - random.nextDouble());
        }
    };

    private final String label;

    ServiceTime(String label) {
        this.label = label;
    }

    /**
     * What users call it.
     *
     * @return a word in lower case
     */
    public String label() {
        return label;
    }

    abstract double draw(RandomGenerator random);
}
