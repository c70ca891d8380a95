package io.jettylb.it;

/** Small configuration files. */
final class Conf {

    private Conf() {}

    /** One mount over one pool, which has round robin and these upstreams. */
    static String of(String mount, String... upstreams) {
        return """
                lb {
                  mounts { "%s" { pool = tested } }
                  pools {
                    tested {
                      strategy = round-robin
                      upstreams = [ %s ]
                      timeouts { connect = 2s }
                    }
                  }
                }
                """.formatted(mount, String.join(", ", upstreams));
    }
}
