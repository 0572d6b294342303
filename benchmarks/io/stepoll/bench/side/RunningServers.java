package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Several at once, of which one at a time is loaded; the others sleep. */
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

    /** Loads each in turn until it is {@link WarmUp}'s. */
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
