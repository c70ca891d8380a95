package io.jettylb.it;

/** Small configuration files. */
final class Conf {

    private Conf() {}

    /** One mount over one pool, which has round robin and these upstreams. */
    static String of(String mount, String... upstreams) {
        return with("", mount, upstreams);
    }

    /** The same with more settings of the pool. */
    static String with(String settings, String mount, String... upstreams) {
        return """
                lb {
                  mounts { "%s" { pool = tested } }
                  pools {
                    tested {
                      strategy = round-robin
                      upstreams = [ %s ]
                      timeouts { connect = 2s }
                      %s
                    }
                  }
                }
                """.formatted(mount, String.join(", ", upstreams), settings);
    }
}
