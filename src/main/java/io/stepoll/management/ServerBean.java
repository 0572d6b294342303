package io.stepoll.management;

import io.stepoll.net.Server;

/** The bean of a server. */
final class ServerBean implements ServerMXBean {
    private final Server server;

    ServerBean(Server server) {
        this.server = server;
    }

    @Override
    public String getAddress() {
        return server.metrics().address();
    }

    @Override
    public long getAccepted() {
        return server.metrics().accepted();
    }

    @Override
    public long getRefused() {
        return server.metrics().refused();
    }

    @Override
    public long getEnded() {
        return server.metrics().ended();
    }

    @Override
    public long getConnections() {
        return server.metrics().connections();
    }
}
