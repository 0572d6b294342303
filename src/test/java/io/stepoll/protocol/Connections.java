package io.stepoll.protocol;

import io.stepoll.Descriptor;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Libc;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.util.SplittableRandom;

/** How the ends of connections come to be, and come to loops. */
final class Connections {
    private static final int SMALL_BUFFER = 4608; // the least that the kernel gives

    private Connections() {}

    /** Makes a connection, whose ends are on no loop. */
    static void open(World world, End.Kind kind) {
        End[] ends = End.connection(kind, "c" + world.nextNumber());
        int[] numbers = kind == End.Kind.PIPE ? Libc.pipe() : RawSockets.pair();
        for (int i = 0; i < 2; i++) {
            if (kind == End.Kind.UNIX) {
                RawSockets.smallSendBuffer(numbers[i], SMALL_BUFFER);
            }
            world.note("opened " + new Handle(world, ends[i], numbers[i]));
        }
    }

    static void listen(World world) {
        End end = new End(End.Kind.LISTENER, "l" + world.nextNumber());
        RawAddress address = RawSockets.freshAddress();
        world.note("listens " + new Handle(world, end, RawSockets.listener(address)));
        end.address = address;
    }

    /** Connects to a listener. The other end waits in its backlog. */
    static void connect(World world, End listener) {
        End[] ends = End.connection(End.Kind.UNIX, "c" + world.nextNumber());
        int fd = RawSockets.connect(listener.address);
        RawSockets.smallSendBuffer(fd, SMALL_BUFFER);
        RawSockets.takePassed(fd, false); // else another thread closes it, at a time of its own
        world.note("connected to " + listener.name + ": " + new Handle(world, ends[0], fd));
        ends[1].inFlight = 1;
        listener.backlog.add(ends[1]);
    }

    /** A listener has accepted the connection that has waited longest. */
    static void accepted(World world, LoopModel loop, End listener, Descriptor descriptor) {
        if (listener.backlog.isEmpty()) {
            world.fail(listener.name + " has accepted a connection that nobody made");
            return;
        }
        End end = listener.backlog.removeFirst();
        end.inFlight--;
        Handle handle = new Handle(world, end, descriptor.fd());
        handle.came(loop, descriptor, false);
        world.note("accepted " + handle);
    }

    /** A carrier has delivered a descriptor. */
    static void passed(Carrier carrier, int fd) {
        World world = carrier.from.world;
        End end = carrier.onTheirWay.poll();
        if (end == null) {
            world.fail("a descriptor was passed that nobody has sent");
            return;
        }
        end.inFlight--;
        world.note("received " + new Handle(world, end, fd));
    }

    static void openCarrier(World world, LoopModel from, LoopModel to) throws IOException {
        int[] pair = RawSockets.pair();
        RawSockets.takePassed(pair[1], true);
        world.carriers.add(new Carrier(from, to, StreamSocket.own(from.loop, pair[0]),
                StreamSocket.own(to.loop, pair[1])));
    }

    /** Puts a handle that is on no loop on a loop: owned, if nobody else has its end and the generator says so. */
    static void take(LoopModel loop, Handle handle, SplittableRandom random) throws IOException {
        boolean alone = handle.end.handles.size() == 1 && handle.end.inFlight == 0;
        boolean owns = alone && random.nextInt(4) != 0;
        Descriptor descriptor = owns ? loop.loop.own(handle.fd) : loop.loop.adopt(handle.fd);
        handle.came(loop, descriptor, !owns || handle.end.kind == End.Kind.PIPE);
        loop.world.note((owns ? "owned " : "adopted ") + handle);
    }

    /** Duplicates a handle. Whoever has the end on a loop is told that somebody else has it, too. */
    static void duplicate(World world, Handle handle) throws IOException {
        Handle duplicate = new Handle(world, handle.end, RawSockets.check(Libc.dup(handle.fd)));
        world.note("duplicated " + handle + " as " + duplicate);
        share(handle.end);
    }

    static void share(End end) throws IOException {
        for (Handle handle : end.handles) {
            if (handle.isOnLoop()) {
                handle.descriptor.share();
                handle.shared = true;
            }
        }
    }
}
