package io.jettylb.proxy;

import io.jettylb.config.ForwardedConfig;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * What this hop says of itself and of the client; the same for all pools.
 *
 * @param forwarded who the client is
 * @param requestIds how the request is called
 * @param via that it came through here
 */
record HopIdentity(ForwardedFields forwarded, RequestIds requestIds, Via via) {

    static HopIdentity of(ForwardedConfig config, Supplier<RandomGenerator> random) {
        return new HopIdentity(
                new ForwardedFields(config), new RequestIds(config.requestId(), random), new Via(config.via()));
    }
}
