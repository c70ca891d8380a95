package io.jettylb.proxy;

import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.DuplexConnectionPool;

/**
 * The HTTP/1.1 connections to one upstream, of which only so many are established at once. Jetty would open one for each
 * request that finds none: a thousand at the same instant, to an upstream that has just come back. Whoever has to wait
 * gets a connection that is free first, or the next one that is established, which makes room for another. Requests that
 * come at the same instant may exceed the number by a few.
 */
final class PatientConnections extends DuplexConnectionPool {

    private final int connecting;

    /**
     * Connections.
     *
     * @param max how many there may be
     * @param connecting how many may be on their way at once
     */
    PatientConnections(Destination destination, int max, int connecting) {
        super(destination, max);
        this.connecting = connecting;
    }

    @Override
    protected void tryCreate(boolean create) {
        if (getPendingConnectionCount() < connecting) {
            super.tryCreate(create);
        }
    }
}
