package io.stepoll.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.net.Connector;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each call of a connect to several addresses, from a local one, is refused: once, and for each address. */
@Timeout(60)
class InjectedConnectFaults extends FaultFixture {
    @TempDir
    private Path folder;

    private Connector<StreamSocket> connector() {
        return StreamSocket.connecting(loop).from(Addresses.parse("tcp:127.0.0.9:0"));
    }

    /** The next address is tried. */
    @ParameterizedTest
    @CsvSource({"socket,EMFILE", "socket,ENOBUFS", "setsockopt,ENOBUFS", "bind,ENOMEM", "connect,ENETUNREACH",
        "connect,EHOSTUNREACH", "connect,EPERM", "epoll_ctl add,ENOSPC", "epoll_ctl add,ENOMEM"})
    void refusedOnce(String call, Fault fault) throws Exception {
        inTask(() -> {
            try (Listener one = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
                    Listener another = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
                List<SocketAddress> both = List.of(one.localAddress(), another.localAddress());
                Fault.Rule rule = fault.first(1, call, Fault.ANY);
                try (StreamSocket socket = connector().connectToAny(both)) {
                    assertEquals(both.get(1), socket.remoteAddress());
                }
                assertEquals(1, rule.hits());
            }
        });
    }

    /** Where IP_BIND_ADDRESS_NO_PORT is not known, bind(2) chooses the port. */
    @Test
    void noPortsThatAreChosenLate() throws Exception {
        inTask(() -> {
            try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
                // The first call is of another option.
                Fault.Rule rule = Fault.ENOPROTOOPT.on("setsockopt", Fault.ANY, 1, 1, 1);
                try (StreamSocket socket = connector().connect(listener.localAddress())) {
                    assertEquals(listener.localAddress(), socket.remoteAddress());
                }
                assertEquals(1, rule.hits());
            }
        });
    }

    /** One exception names the call and all addresses, and no descriptor is left. */
    @ParameterizedTest
    @CsvSource({"socket,EMFILE", "setsockopt,ENOBUFS", "connect,ENETUNREACH", "epoll_ctl add,ENOMEM"})
    void refusedForEachAddress(String call, Fault fault) throws Exception {
        inTask(() -> {
            try (Listener one = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"));
                    Listener another = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
                Fault.Rule rule = fault.first(2, call, Fault.ANY);
                IOException failure = assertThrows(IOException.class,
                        () -> connector().connectToAny(List.of(one.localAddress(), another.localAddress())));
                assertFailure(call.split(" ")[0], fault, failure);
                assertEquals(2, failure.getSuppressed().length);
                assertEquals(2, rule.hits());
                assertFalse(one.tryAccept() != null && call.equals("connect"));
            }
        });
    }

    /** The file of a local path goes if the call after bind(2) is refused. */
    @Test
    void theFileOfALocalPathGoes() throws Exception {
        Path mine = folder.resolve("mine");
        inTask(() -> {
            try (Listener listener = Listener.bind(loop, UnixDomainSocketAddress.of(folder.resolve("it")))) {
                SocketAddress address = listener.localAddress();
                Connector<StreamSocket> connector =
                        StreamSocket.connecting(loop).from(UnixDomainSocketAddress.of(mine));
                for (String call : List.of("connect", "epoll_ctl add")) {
                    Fault.Rule rule = Fault.ENOMEM.first(1, call, Fault.ANY);
                    assertThrows(IOException.class, () -> connector.connect(address));
                    assertEquals(1, rule.hits());
                    assertFalse(Files.exists(mine), call);
                }
                try (StreamSocket socket = connector.connect(address)) {
                    assertTrue(Files.exists(mine) && socket.isOpen());
                }
                assertFalse(Files.exists(mine));
            }
        });
    }
}
