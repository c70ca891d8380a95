package io.jettylb.balance;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code ip-hash}: each client stays with one upstream, by its address. The same as {@link RingHash} with the client's
 * address as key, so that an upstream that leaves takes only its own clients along; nginx's {@code ip_hash} and HAProxy's
 * {@code balance source} divide by the number of upstreams instead, and a change of it moves nearly all clients.
 *
 * <p>The address is the one of the connection, or what a trusted proxy says of it ({@code forwarded.trusted-proxies}).
 *
 * <p><b>Complexity:</b> a pick takes constant time on average; a change of the upstreams as {@link RingHash}.
 *
 * <p><b>When not to use it:</b> behind a proxy that is not trusted, or where many clients share an address: all go to one
 * upstream, unless there is a {@code bounded-load}. Mobile clients change their address: a sticky cookie holds better.
 *
 * <p>Options: {@code v4-prefix}, 1..32, and {@code v6-prefix}, 1..128: how many leading bits of an address count, all by
 * default; {@code v6-prefix = 64} takes a household for one client. {@code fallback} and {@code bounded-load} as
 * {@link RingHash}. Without an address (a Unix-domain socket) a request has no key. The provider, its strategies and
 * their pickers are safe for use by any thread; a pick takes no lock and allocates nothing.
 */
public final class IpHash implements StrategyProvider {

    private static final String V4_PREFIX = "v4-prefix";
    private static final String V6_PREFIX = "v6-prefix";

    /** For the service loader. */
    public IpHash() {}

    @Override
    public String name() {
        return "ip-hash";
    }

    @Override
    public Set<String> optionNames() {
        return Set.of(V4_PREFIX, V6_PREFIX, HashOptions.FALLBACK, HashOptions.BOUNDED_LOAD);
    }

    @Override
    public Set<String> strategyOptionNames() {
        return Set.of(HashOptions.FALLBACK);
    }

    @Override
    public Strategy create(StrategyContext context) {
        Map<String, Object> options = context.options();
        HashKey address = HashKey.address(
                HashOptions.integer(options, V4_PREFIX, 1, 32, 32),
                HashOptions.integer(options, V6_PREFIX, 1, 128, 128));
        return new KeyedStrategy(HashOptions.of(context, List.of(address)), Ring::new);
    }
}
