package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.SocketFile;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Connects a new socket: bind(2), if it has a local address, and connect(2). Of several addresses the first wins. */
public final class Connecting {
    /**
     * connect(2) to a Unix listener with a full backlog returns EAGAIN, and no readiness is reported later. So connect
     * is called again, after pauses between these two.
     */
    private static final Duration FIRST_RETRY = Duration.ofMillis(1);

    private static final Duration LAST_RETRY = Duration.ofMillis(64);

    /** An address, and the local one that a socket of that family is bound to before; null for none. */
    private record Target(RawAddress address, RawAddress local) {}

    private final EventLoop loop;
    private final LoopDescriptors descriptors;
    private final SocketType type;
    private final AddressCodec codec;
    private final ConnectSettings settings;
    private final long deadlineNanos;

    private Connecting(EventLoop loop, SocketType type, AddressCodec codec, ConnectSettings settings) {
        this.loop = loop;
        this.type = type;
        this.codec = codec;
        this.settings = settings;
        descriptors = LoopDescriptors.of(loop);
        descriptors.check("connect");
        deadlineNanos = descriptors.deadlineNanos(settings.timeout());
    }

    /** Connects to an address. A host name is looked up first, and the first of its addresses that answers wins. */
    public static Descriptor connect(EventLoop loop, SocketType type, AddressCodec codec, SocketAddress address,
            ConnectSettings settings) throws IOException {
        Connecting connecting = new Connecting(loop, type, codec, settings);
        List<? extends SocketAddress> found =
                HostNames.resolve(connecting.descriptors, address, settings.timeout());
        return connecting.connectTo(found.size() == 1 ? found : ConnectOrder.byTurns(found));
    }

    /** Connects to the first of several addresses that answers; they are tried in this order. */
    public static Descriptor connectToAny(EventLoop loop, SocketType type, AddressCodec codec,
            List<? extends SocketAddress> addresses, ConnectSettings settings) throws IOException {
        return new Connecting(loop, type, codec, settings).connectTo(addresses);
    }

    private Descriptor connectTo(List<? extends SocketAddress> addresses) throws IOException {
        List<Target> targets = targets(addresses);
        if (targets.size() == 1) {
            return attempt(targets.getFirst());
        }
        List<String> texts = targets.stream().map(target -> target.address().toText()).toList();
        return new ConnectRace(loop, texts, settings.attemptDelay(), i -> attempt(targets.get(i))).run();
    }

    private List<Target> targets(List<? extends SocketAddress> addresses) throws IOException {
        RawAddress local = settings.local() == null ? null
                : codec.raw(HostNames.first(descriptors, "bind", settings.local()));
        List<Target> targets = new ArrayList<>();
        for (SocketAddress address : addresses) {
            RawAddress raw = codec.raw(address);
            RawAddress from = local == null ? null : inFamily(local, raw.family());
            if (local == null || from != null) {
                targets.add(new Target(raw, from));
            }
        }
        if (targets.isEmpty()) {
            throw new SocketException("connect from " + local.toText() + ", which is "
                    + AddressCodec.familyName(local.family()) + ": no address to connect to is, of " + addresses);
        }
        return targets;
    }

    /** A local address for a socket of a family; null if it has another. The wildcard address is of both. */
    private static RawAddress inFamily(RawAddress local, int family) {
        if (local.family() == family) {
            return local;
        }
        boolean wildcard = local.family() != Sockets.AF_UNIX && family != Sockets.AF_UNIX
                && local.inetAddress().isAnyLocalAddress();
        return wildcard ? DatagramSockets.wildcard(family, local.port()) : null;
    }

    private Descriptor attempt(Target target) throws IOException {
        RawAddress address = target.address();
        String text = address.toText();
        int fd = NewSockets.socket(address.family(), type.number, text);
        SocketFile file = null;
        Descriptor descriptor;
        boolean inProgress;
        try {
            NewSockets.setNoDelay(fd, address.family(), text);
            SocketOptions.setAll(fd, settings.options(), text);
            file = bind(fd, target.local());
            int result = begin(fd, address, text);
            inProgress = result == -Errno.EINPROGRESS || result == -Errno.EINTR;
            SystemCallFailures.check("connect", inProgress ? 0 : result, text);
            // After connect(2): epoll reports a socket without any state as hung up.
            descriptor = SocketOptions.ownWith(loop, fd, settings.options());
        } catch (IOException | RuntimeException | Error e) {
            if (file != null) {
                file.unlinkIfSame();
            }
            Descriptors.close(fd);
            throw e;
        }
        try {
            LoopDescriptor.of(descriptor).boundTo(file);
            if (inProgress) {
                LoopDescriptor.of(descriptor).awaitWritable(deadlineNanos);
                int error = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ERROR);
                SystemCallFailures.check("getsockopt", Math.min(error, 0), text);
                SystemCallFailures.check("connect", -error, text);
            }
            return descriptor;
        } catch (SocketTimeoutException e) {
            descriptor.close();
            throw new SocketTimeoutException("connect to " + text + ": timed out");
        } catch (IOException | RuntimeException | Error e) {
            descriptor.close();
            throw e;
        }
    }

    /**
     * Binds the socket to a local address, if there is one. Returns the file that this has made; null for none.
     *
     * <p>With a port of 0 the kernel chooses the port in connect(2), when it knows the other end; see
     * IP_BIND_ADDRESS_NO_PORT of ip(7). So connections to different peers can have the same port, and more of them are
     * possible. A port that was asked for may still be in use by a former connection, or by another attempt of the same
     * connect; SO_REUSEADDR allows that as long as the other ends differ.
     */
    private SocketFile bind(int fd, RawAddress local) throws IOException {
        if (local == null) {
            return null;
        }
        String text = local.toText();
        if (local.family() != Sockets.AF_UNIX) {
            int result = local.port() == 0 ? choosePortLate(fd)
                    : Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEADDR, 1);
            SystemCallFailures.check("setsockopt", result, text);
        }
        return SocketFiles.bind(fd, local, text);
    }

    /** What only imitates Linux may not know the option, qemu for instance. Then bind(2) chooses the port. */
    private static int choosePortLate(int fd) {
        int result = Sockets.setIntOption(fd, Options.IPPROTO_IP, Options.IP_BIND_ADDRESS_NO_PORT, 1);
        return result == -Errno.ENOPROTOOPT ? 0 : result;
    }

    private int begin(int fd, RawAddress address, String text) throws IOException {
        Duration pause = FIRST_RETRY;
        for (;;) {
            int result = NewSockets.connect(fd, address);
            if (result != -Errno.EAGAIN) {
                return result;
            }
            if (descriptors.deadlineNanos(pause) > deadlineNanos) {
                throw new SocketTimeoutException("connect to " + text + ": timed out");
            }
            try {
                loop.sleep(pause);
            } catch (InterruptedException e) {
                throw new InterruptedIOException("connect to " + text + ": interrupted");
            }
            pause = longer(pause, LAST_RETRY);
        }
    }

    /** The pause after this one: twice as long, up to the longest. */
    static Duration longer(Duration pause, Duration longest) {
        return pause.compareTo(longest) < 0 ? pause.multipliedBy(2) : pause;
    }
}
