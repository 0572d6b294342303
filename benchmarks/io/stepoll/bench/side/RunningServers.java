package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Several running servers. One of them at a time is loaded; the others sleep. */
record RunningServers(List<RunningServer> all) implements AutoCloseable {
    static RunningServers start(List<Server> servers, String transport, Settings settings) throws IOException {
        RunningServers running = new RunningServers(new ArrayList<>());
        try {
            for (Server server : servers) {
                running.all.add(RunningServer.start(server, transport, settings, settings.jvmFlags()));
            }
        } catch (IOException e) {
            running.close();
            throw e;
        }
        return running;
    }

    /** Warms up each server in turn; see {@link WarmUp}. */
    void warm(Settings settings, Scenario scenario) throws IOException {
        for (RunningServer server : all) {
            WarmUp.load(settings, scenario, server);
        }
    }

    @Override
    public void close() {
        all.forEach(RunningServer::close);
    }
}
