package io.jettylb.config;

/** Whether connections to upstreams begin with the address of the client, in HAProxy's PROXY protocol. */
public enum ProxyProtocol {
    /** They do not. */
    OFF,
    /** One line of text. */
    V1,
    /** A binary header. */
    V2
}
