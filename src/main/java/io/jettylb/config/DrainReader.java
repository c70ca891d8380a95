package io.jettylb.config;

import java.util.List;
import java.util.Set;

/** Reads how upstreams are taken out of service. */
final class DrainReader {

    private static final Vocabulary KEYS = new Vocabulary(
            List.of("deadline"),
            Set.of(),
            Vocabulary.words(
                    "timeout, time, drain-timeout, drain-time, wait, grace-period, delay, deregistration-delay,"
                            + " connection-draining-timeout, period > deadline"));

    private DrainReader() {}

    static DrainConfig read(Section section, DrainConfig fallback) {
        return section.section("drain")
                .map(block -> {
                    block.checkKeys(KEYS);
                    return new DrainConfig(block.atOnce("deadline", fallback.deadline()));
                })
                .orElse(fallback);
    }
}
