package io.jettylb.balance;

import static org.assertj.core.api.Assertions.assertThat;

import io.jettylb.balance.HashKey.Kind;
import io.jettylb.config.ConfigException;
import io.jettylb.config.LbConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may be written about keys, and what is said about the rest. */
class HashOptionsTest {

    private static final String KEYS =
            " (expected: ip, uri, path, host, principal, session, query:NAME, header:NAME or cookie:NAME)";

    @TempDir
    Path folder;

    private List<HashKey> keys(String strategy) throws Exception {
        Strategies strategies = Strategies.installed();
        return strategies
                .create(load(strategy).pools().get("p").strategy(), () -> new SplittableRandom(1), () -> 0L)
                .keys();
    }

    private LbConfig load(String strategy) throws Exception {
        Path file = Files.writeString(
                folder.resolve("lb.conf"),
                "lb.pools.p {\n  upstreams = [\"http://h\"]\n  strategy" + strategy + "\n}\n");
        return LbConfig.load(file, Strategies.installed());
    }

    private List<String> problems(String strategy) throws Exception {
        try {
            load(strategy);
            return List.of();
        } catch (ConfigException e) {
            return e.problems();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ip, IP, ''",
        "uri, URI, ''",
        "path, PATH, ''",
        "host, HOST, ''",
        "principal, PRINCIPAL, ''",
        "session, SESSION, ''",
        "query:id, QUERY, id",
        "header:X-User, HEADER, X-User",
        "cookie:JSESSIONID, COOKIE, JSESSIONID",
        "query:a:b, QUERY, a:b"
    })
    void readsEachKey(String key, Kind kind, String name) throws Exception {
        for (String strategy : List.of("ring-hash", "maglev", "rendezvous")) {
            assertThat(keys(" { name = " + strategy + ", key = \"" + key + "\" }"))
                    .containsExactly(new HashKey(kind, name, 32, 128));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {" = ring-hash", " = maglev", " = rendezvous", " = ip-hash"})
    void theDefaultIsTheAddress(String strategy) throws Exception {
        assertThat(keys(strategy)).containsExactly(HashKey.IP);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {" { name = ring-hash, key = [\"cookie:u\", ip] }"})
    void severalKeysKeepTheirOrder(String strategy) throws Exception {
        assertThat(keys(strategy)).extracting(HashKey::kind).containsExactly(Kind.COOKIE, Kind.IP);
    }

    @ParameterizedTest
    @CsvSource({"ip-hash, 24, 64", "ip-hash, \"24\", \"64\""})
    void prefixesOfAddresses(String name, String v4, String v6) throws Exception {
        assertThat(keys(" { name = " + name + ", v4-prefix = " + v4 + ", v6-prefix = " + v6 + " }"))
                .containsExactly(HashKey.address(24, 64));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                " { name = ring-hash, fallback = round-robin, bounded-load = 1.25 }",
                " { name = maglev, fallback { name = power-of-two, choices = 3 }, table-size = 655373 }",
                " { name = rendezvous, bounded-load = 100, table-size = 1024 }",
                " { name = ip-hash, fallback = random, bounded-load = \"1.5\" }"
            })
    void whatIsRight(String strategy) throws Exception {
        assertThat(problems(strategy)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                " { name = ring-hash, key = cookies }|key: \"cookies\"@",
                " { name = ring-hash, key = cookie }|key: \"cookie\"@",
                " { name = ring-hash, key = \"cookie:\" }|key: \"cookie:\"@",
                " { name = ring-hash, key = \"ip:4\" }|key: \"ip:4\"@",
                " { name = ring-hash, key = IP }|key: \"IP\"@",
                " { name = ring-hash, key = \"header: X-User\" }|key: \"header: X-User\"@",
                " { name = ring-hash, key = \"header:X-User:\" }|key: \"header:X-User:\"@",
                " { name = ring-hash, key = \"cookie:a=b\" }|key: \"cookie:a=b\"@",
                " { name = ring-hash, key = \"query:a b\" }|key: \"query:a b\"@",
                " { name = ring-hash, key = [ip, x] }|key: \"x\"@",
                " { name = ring-hash, key = [] }|key: a list of 0 (expected: one key, or a list of 1..8)",
                " { name = maglev, bounded-load = 1 }|bounded-load: 1 (expected: 1.01..100)",
                " { name = maglev, bounded-load = 0 }|bounded-load: 0 (expected: 1.01..100)",
                " { name = maglev, bounded-load = 125% }|bounded-load: \"125%\" (expected: 1.01..100)",
                " { name = maglev, bounded-load { x = 1 } }|bounded-load: a block (expected: 1.01..100)",
                " { name = ip-hash, v4-prefix = 33 }|v4-prefix: 33 (expected: 1..32)",
                " { name = ip-hash, v6-prefix = 0 }|v6-prefix: 0 (expected: 1..128)",
                " { name = maglev, table-size = 65536 }|table-size: 65536 (expected: a prime, such as 65537 or 655373)",
                " { name = maglev, table-size = 10 }|table-size: 10 (expected: 1009..655373)",
                " { name = rendezvous, table-size = 65537 }|table-size: 65537 (expected: a power of two, such as 65536)",
            })
    void whatIsWrong(String strategy, String problem) throws Exception {
        assertThat(problems(strategy)).containsExactly("lb.conf:3: pools.p.strategy." + problem.replace("@", KEYS));
    }

    /** The nested strategy's own mistakes, on its own lines. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "= robin|fallback: \"robin\" (expected: #)",
                "= least_conn|fallback: \"least_conn\" (expected: #; did you mean least-request?)",
                "{ name = robin }|fallback.name: \"robin\" (expected: #)",
                "{}|fallback.name: missing (expected: #)",
                "= []|fallback: [] (expected: #)",
                "= null|fallback: null (expected: a value, or no such key)",
                "{ name = power-of-two, choices = 1 }|fallback.choices: 1 (expected: 2..100)",
                "{ name = power-of-two, choice = 2 }"
                        + "|fallback.choice: unknown key (expected: choices; did you mean choices?)",
                "= maglev|fallback: \"maglev\" (expected: %)",
                "{ name = ip-hash, v6-prefix = 64 }|fallback.name: \"ip-hash\" (expected: %)",
            })
    void whatIsWrongWithTheFallback(String fallback, String problem) throws Exception {
        String names = String.join(", ", Strategies.installed().names());
        String keyless = "a strategy without a key; key = [\"cookie:NAME\", ip] tries several";
        assertThat(problems(" {\n    name = rendezvous\n    fallback " + fallback + "\n  }"))
                .containsExactly("lb.conf:5: pools.p.strategy."
                        + problem.replace("#", names).replace("%", keyless));
    }

    @ParameterizedTest
    @CsvSource({
        "ip_hash, ip-hash",
        "source, ip-hash",
        "client_ip_hash, ip-hash",
        "uri, ring-hash",
        "consistent-hash, ring-hash",
        "RING_HASH, ring-hash",
        "ketama, ring-hash",
        "hrw, rendezvous",
        "Maglev, maglev"
    })
    void theNamesOfOthersLeadToOurs(String theirs, String ours) throws Exception {
        assertThat(problems(" = " + theirs)).singleElement().asString().endsWith("; did you mean " + ours + "?)");
    }
}
