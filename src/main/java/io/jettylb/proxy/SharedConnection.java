package io.jettylb.proxy;

import org.eclipse.jetty.client.Connection;

/** What attempts have to know of a connection that they share with others: that of HTTP/2. */
interface SharedConnection {

    /** Whether an exchange has ended on it already. */
    boolean servedBefore();

    /** Bytes that the upstream accepts in the head of a request, 32 more than its text for each field. */
    int headLimit();

    /** How many requests the upstream has refused on it: it has done nothing with them (RFC 9113, 8.7). */
    int refusals();

    /** How many responses the upstream has ended for other reasons. */
    int resets();

    /** Finds what is known about connections. */
    interface Registry {
        /** Null for a connection that is not shared. */
        SharedConnection of(Connection connection);
    }
}
