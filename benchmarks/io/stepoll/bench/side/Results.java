package io.stepoll.bench.side;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was measured in one session. */
final class Results {
    final List<Series> series = new ArrayList<>();
    final List<Syscalls> syscalls = new ArrayList<>();
    final List<UserTime> userTimes = new ArrayList<>();
    final List<Allocations> allocations = new ArrayList<>();
    final List<IdleMemory> idleMemory = new ArrayList<>();
    final List<HttpIdle> httpIdle = new ArrayList<>();
    final List<LibrarySeries> libraries = new ArrayList<>();
    final List<TlsSeries> tls = new ArrayList<>();
    final List<CommandSeries> commands = new ArrayList<>();
    final List<Starts> starts = new ArrayList<>();

    Optional<Series> series(Scenario scenario, String transport) {
        return series.stream()
                .filter(each -> each.scenario().equals(scenario) && each.transport().equals(transport))
                .findFirst();
    }

    Optional<Syscalls> syscalls(Scenario scenario, String transport, Server server) {
        return syscalls.stream()
                .filter(each -> each.scenario().equals(scenario.name()) && each.transport().equals(transport)
                        && each.server() == server)
                .findFirst();
    }
}
